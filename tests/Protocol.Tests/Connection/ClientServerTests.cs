using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Connection;

/// <summary>SshClient against SshServer over loopback sockets.</summary>
public sealed class ClientServerTests : IAsyncLifetime, IDisposable
{
    private static readonly PrivateKey UserKey = TestKeys.Ed25519;

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Channel<Exception> _failures = Channel.CreateUnbounded<Exception>();
    private Task _run = Task.CompletedTask;

    private int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public Task InitializeAsync()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        var server = new SshServer(new SshServerOptions
        {
            HostKeys = [TransportPair.HostKey],
            Users = new AuthorizedKeySet([UserKey.PublicKey]),
            Sessions = _ => new CatSession(),
            Connection = new() { ChannelOpening = OpenTcp },
            ConnectionFailed = e => _failures.Writer.TryWrite(e),
        });
        _run = server.RunAsync(_listener, _stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(TransportPair.Patience);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_command_reads_its_input_and_writes_its_output()
    {
        await using SshClient client = await ConnectAsync(UserKey);
        await using SshSession session = await client.OpenSessionAsync();
        Assert.True(await session.ExecuteAsync("cat"));
        await session.Channel.WriteAsync("through the server"u8.ToArray());
        await session.Channel.SendEofAsync();
        using var reader = new StreamReader(session.Channel.AsStream());
        Assert.Equal("through the server", await reader.ReadToEndAsync().WaitAsync(TransportPair.Patience));
        Assert.Equal(3u, (await session.Exited.WaitAsync(TransportPair.Patience)).Code);
    }

    [Fact]
    public async Task Direct_tcpip_names_host_and_port()
    {
        await using SshClient client = await ConnectAsync(UserKey);
        SshChannel channel = await client.OpenDirectTcpAsync("db.example", 5432, "10.0.0.1", 1234);
        using var reader = new StreamReader(channel.AsStream());
        Assert.Equal("db.example:5432 from 10.0.0.1:1234", await reader.ReadToEndAsync().WaitAsync(TransportPair.Patience));
        var refused = await Assert.ThrowsAsync<SshChannelException>(() => client.Connection.OpenChannelAsync("x11"));
        Assert.Equal(OpenFailureReason.UnknownChannelType, refused.Reason);
    }

    [Fact]
    public async Task A_key_that_is_not_listed_is_refused()
    {
        var refused = await Assert.ThrowsAsync<SshAuthenticationException>(() => ConnectAsync(TestKeys.Get("ed25519", number: 1)));
        Assert.Equal(["publickey"], refused.CanContinue);
    }

    [Fact]
    public async Task The_second_key_is_tried_after_the_first()
    {
        await using SshClient client = await ConnectAsync(TestKeys.Get("ed25519", number: 1), UserKey);
        await using SshSession session = await client.OpenSessionAsync();
    }

    [Fact]
    public async Task An_untrusted_host_key_ends_the_connection_before_anything_is_said()
    {
        var options = new SshClientOptions { VerifyHostKey = (_, _) => ValueTask.FromResult(false) };
        var refused = await Assert.ThrowsAsync<SshProtocolException>(
            () => SshClient.ConnectAsync("127.0.0.1", Port, "user", [UserKey], options).WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, refused.Reason);
    }

    [Fact]
    public async Task A_connection_that_fails_ends_no_other()
    {
        await using SshClient client = await ConnectAsync(UserKey);
        using (var rude = new TcpClient())
        {
            await rude.ConnectAsync(IPAddress.Loopback, Port);
            await rude.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            byte[] rest = new byte[4096];
            while (await rude.GetStream().ReadAsync(rest).AsTask().WaitAsync(TransportPair.Patience) > 0)
            {
            }
        }

        await using SshSession session = await client.OpenSessionAsync();
        Assert.True(await session.ExecuteAsync("cat"));
        // The rude client sees its connection closed before the server has told of the failure.
        Exception failure = await _failures.Reader.ReadAsync().AsTask().WaitAsync(TransportPair.Patience);
        Assert.Equal(DisconnectReason.ProtocolVersionNotSupported, Assert.IsType<SshProtocolException>(failure).Reason);
    }

    private Task<SshClient> ConnectAsync(params PrivateKey[] keys)
    {
        var options = new SshClientOptions { VerifyHostKey = (key, _) => ValueTask.FromResult(key.Equals(TransportPair.HostKey.PublicKey)) };
        return SshClient.ConnectAsync("127.0.0.1", Port, "user", keys, options).WaitAsync(TransportPair.Patience);
    }

    private static void OpenTcp(ChannelOpenRequest request)
    {
        if (request.ChannelType != "direct-tcpip")
        {
            request.Refuse(OpenFailureReason.UnknownChannelType, "no");
            return;
        }

        var reader = new SshReader(request.Data.Span);
        string text = $"{reader.ReadText()}:{reader.ReadUInt32()} from {reader.ReadText()}:{reader.ReadUInt32()}";
        reader.ExpectEnd();
        _ = AnswerTcpAsync(request.Accept(), text);
    }

    private static async Task AnswerTcpAsync(SshChannel channel, string text)
    {
        await channel.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
        await channel.CloseAsync();
    }

    private sealed class CatSession : ISessionHandler
    {
        public async Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken)
        {
            await session.Channel.AsStream().CopyToAsync(session.Channel.AsStream(), cancellationToken);
            return 3;
        }
    }
}
