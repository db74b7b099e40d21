using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Authentication;

/// <summary>The client side, in front of a raw server that says what it likes.</summary>
public sealed class UserauthClientTests : IAsyncLifetime
{
    private SshTransport _transport = null!;
    private RawPeer _server = null!;
    private UserauthClient _userauth = null!;

    public async Task InitializeAsync()
    {
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        _transport = new SshTransport(near, isServer: false, TransportPair.ClientOptions);
        _server = new RawPeer(far, isServer: true, TransportPair.HostKey);
        _userauth = new UserauthClient(_transport);
        Task handshake = _transport.HandshakeAsync(CancellationToken.None);
        await _server.AdvanceAsync(RawStep.Service);
        await handshake.WaitAsync(TransportPair.Patience);
    }

    public async Task DisposeAsync()
    {
        await _transport.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_first_key_that_is_accepted_is_reported()
    {
        Task<UserauthResult> result = Start(TestKeys.Get("ed25519", number: 1), TestKeys.Ed25519);
        await _server.AdvanceAsync(RawStep.Userauth);
        await _server.SendAsync(Failure("publickey,password"));
        byte[] request = await _server.ExpectAsync(MessageId.UserauthRequest);
        Assert.True(request.AsSpan().IndexOf(TestKeys.Ed25519.PublicKey.Blob.Span) > 0);
        await _server.SendAsync(MessageId.UserauthSuccess);
        UserauthResult done = await result.WaitAsync(TransportPair.Patience);
        Assert.Equal(("publickey", $"ssh-ed25519 {TestKeys.Ed25519.PublicKey.Fingerprint}"), (done.Method, done.Detail));
    }

    [Fact]
    public async Task Nothing_more_is_tried_when_the_server_does_not_list_the_method()
    {
        Task<UserauthResult> result = Start(TestKeys.Ed25519, TestKeys.Get("ed25519", number: 1));
        await _server.AdvanceAsync(RawStep.Userauth);
        await _server.SendAsync(Failure("password,keyboard-interactive"));
        UserauthResult done = await result.WaitAsync(TransportPair.Patience);
        Assert.False(done.IsSuccess);
        Assert.Equal(["password", "keyboard-interactive"], done.CanContinue);
    }

    [Theory]
    [InlineData("rsa-sha2-256,ssh-ed25519", "rsa-sha2-256")]
    [InlineData("rsa-sha2-512,rsa-sha2-256", "rsa-sha2-512")]
    public async Task An_RSA_key_signs_with_what_the_server_takes(string accepted, string expected)
    {
        await _server.SendAsync([(byte)MessageId.ExtInfo, 0, 0, 0, 1, .. RawPeer.Message(0, "server-sig-algs", accepted)[1..]]);
        Task<UserauthResult> result = Start(TestKeys.Rsa);
        await _server.ExpectAsync(MessageId.ServiceRequest);
        await _server.SendAsync(RawPeer.Message(MessageId.ServiceAccept, "ssh-userauth"));
        byte[] request = await _server.ExpectAsync(MessageId.UserauthRequest);
        Assert.True(request.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(expected)) > 0);
        await _server.SendAsync(MessageId.UserauthSuccess);
        Assert.True((await result.WaitAsync(TransportPair.Patience)).IsSuccess);
    }

    [Fact]
    public async Task Banners_are_shown_until_there_are_too_many()
    {
        var shown = new List<string>();
        _userauth.BannerReceived = text => shown.Add(System.Text.Encoding.UTF8.GetString(text));
        Task<UserauthResult> result = Start(TestKeys.Ed25519);
        await _server.AdvanceAsync(RawStep.Userauth);
        for (int i = 0; i < 65; i++) await _server.SendAsync(RawPeer.Message(MessageId.UserauthBanner, $"banner {i}", ""));
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => result.WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.ByApplication, error.Reason);
        Assert.Equal(64, shown.Count);
        Assert.Equal("banner 63", shown[^1]);
    }

    [Theory]
    [InlineData(MessageId.UserauthRequest)]
    [InlineData(MessageId.UserauthPkOk)]
    [InlineData(MessageId.UserauthInfoResponse)]
    [InlineData(MessageId.GlobalRequest)]
    [InlineData(MessageId.ChannelOpen)]
    [InlineData(MessageId.ServiceAccept)]
    [InlineData((MessageId)200)]
    public async Task An_answer_that_is_none_ends_the_connection(MessageId id)
    {
        Task<UserauthResult> result = Start(TestKeys.Ed25519);
        await _server.AdvanceAsync(RawStep.Userauth);
        await _server.SendAsync(id);
        await Assert.ThrowsAsync<SshProtocolException>(() => result.WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task Success_before_the_service_was_accepted_ends_the_connection()
    {
        Task<UserauthResult> result = Start(TestKeys.Ed25519);
        await _server.ExpectAsync(MessageId.ServiceRequest);
        await _server.SendAsync(MessageId.UserauthSuccess);
        await Assert.ThrowsAsync<SshProtocolException>(() => result.WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task A_failure_cut_at_any_byte_ends_the_connection()
    {
        byte[] whole = Failure("publickey");
        for (int length = 1; length < whole.Length; length++)
        {
            Task<UserauthResult> result = Start(TestKeys.Ed25519);
            await _server.AdvanceAsync(RawStep.Userauth);
            await _server.SendAsync(whole[..length]);
            await Assert.ThrowsAsync<SshProtocolException>(() => result.WaitAsync(TransportPair.Patience));
            await DisposeAsync();
            await InitializeAsync();
        }
    }

    private static byte[] Failure(string methods) => [.. RawPeer.Message(MessageId.UserauthFailure, methods), 0];

    private Task<UserauthResult> Start(params PrivateKey[] keys) =>
        Task.Run(() => _userauth.AuthenticateAsync("user", [new PublickeyClientMethod(keys)], CancellationToken.None));
}
