using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Connection;

public class RequestTests
{
    [Fact]
    public async Task Replies_keep_the_order_of_the_requests_whenever_they_are_given()
    {
        var requests = new List<GlobalRequest>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(server: new()
        {
            GlobalRequested = request =>
            {
                requests.Add(request);
                if (requests.Count == 3) all.SetResult();
            },
        });
        Task<GlobalReply>[] replies = [.. Enumerable.Range(1, 3).Select(i => pair.Client.RequestAsync($"request {i}"))];
        await all.Task.WaitAsync(TransportPair.Patience);
        requests[2].Succeed("third"u8);
        requests[1].Fail();
        Assert.DoesNotContain(replies, reply => reply.IsCompleted);
        requests[0].Succeed("first"u8);
        GlobalReply[] results = await Task.WhenAll(replies).WaitAsync(TransportPair.Patience);
        Assert.Equal([true, false, true], results.Select(result => result.IsSuccess));
        Assert.Equal("first"u8.ToArray(), results[0].Data.ToArray());
        Assert.Equal("third"u8.ToArray(), results[2].Data.ToArray());
    }

    [Fact]
    public async Task A_reply_counts_once()
    {
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(server: new()
        {
            GlobalRequested = request =>
            {
                request.Succeed();
                request.Fail();
            },
        });
        Assert.True((await pair.Client.RequestAsync("one")).IsSuccess);
        Assert.True((await pair.Client.RequestAsync("two")).IsSuccess);
    }

    [Theory]
    [InlineData("keepalive@openssh.com")]
    [InlineData("anything-else@example.com")]
    public async Task Keepalives_are_answered_on_the_connection_and_on_channels(string name)
    {
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync();
        await using ConnectionPair _ = pair;
        Assert.False((await pair.Client.RequestAsync(name).WaitAsync(TransportPair.Patience)).IsSuccess);
        Assert.False((await pair.Server.RequestAsync(name).WaitAsync(TransportPair.Patience)).IsSuccess);
        Assert.False(await client.RequestAsync(name).WaitAsync(TransportPair.Patience));
        Assert.False(await server.RequestAsync(name).WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task Channel_requests_carry_their_fields_and_get_their_own_reply()
    {
        var seen = new List<string>();
        (ConnectionPair pair, SshChannel client, SshChannel _) = await ConnectionPair.OpenAsync(serverRequests: request =>
        {
            seen.Add($"{request.Name} {request.WantsReply} {Convert.ToHexString(request.Data.Span)}");
            request.Reply(request.Data.Length == 2);
        });
        await using ConnectionPair p = pair;
        await client.NotifyAsync("told", new byte[] { 1 });
        Task<bool>[] replies = [client.RequestAsync("asked", new byte[] { 1, 2 }), client.RequestAsync("asked"), client.RequestAsync("asked", new byte[2])];
        bool[] results = await Task.WhenAll(replies).WaitAsync(TransportPair.Patience);
        Assert.Equal([true, false, true], results);
        Assert.Equal(["told False 01", "asked True 0102", "asked True ", "asked True 0000"], seen);
    }

    [Fact]
    public async Task A_peer_that_piles_up_unanswered_requests_is_disconnected()
    {
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(server: new() { GlobalRequested = _ => { } });
        for (int i = 0; i < 257; i++) _ = pair.Client.RequestAsync("again").ContinueWith(static task => task.Exception, TaskScheduler.Default);
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => pair.ServerRun.WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.ByApplication, error.Reason);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_connection_with_a_reason_and_nothing_else()
    {
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(server: new() { GlobalRequested = _ => throw new InvalidOperationException("secret detail") });
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => pair.Client.RequestAsync("x").WaitAsync(TransportPair.Patience));
        await Assert.ThrowsAsync<InvalidOperationException>(() => pair.ServerRun.WaitAsync(TransportPair.Patience));
        await pair.ClientRun.WaitAsync(TransportPair.Patience);
    }
}
