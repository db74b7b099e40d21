using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Authentication;

public class UserauthServerTests
{
    [Fact]
    public async Task None_lists_the_methods_and_does_not_count()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        for (int i = 0; i < 20; i++)
            Assert.Equal([(byte)MessageId.UserauthFailure, .. RawPeer.EncodeString("publickey"u8), 0], await scene.AskAsync(Request("user", "none")));
        Assert.Equal(0, scene.Userauth.Failures);
        Assert.Equal("user", scene.Userauth.User);
    }

    [Fact]
    public async Task The_sixth_failure_ends_the_connection()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        byte[] wrong = scene.Peer.PublickeyRequest(signer: AuthenticationScene.Stranger);
        for (int i = 0; i < 5; i++) Assert.Equal((byte)MessageId.UserauthFailure, (await scene.AskAsync(wrong))[0]);
        await scene.Peer.SendAsync(wrong);
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
        Assert.Equal(DisconnectReason.NoMoreAuthMethodsAvailable, error.Reason);
    }

    [Fact]
    public async Task Unknown_methods_count_as_failures()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        foreach (string method in new[] { "password", "keyboard-interactive", "hostbased", "gssapi-with-mic", "x" })
            Assert.Equal((byte)MessageId.UserauthFailure, (await scene.AskAsync(Request("user", method)))[0]);
        await scene.Peer.SendAsync(Request("user", "password"));
        await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
    }

    [Fact]
    public async Task Request_128_is_answered_and_the_next_is_not()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        byte[] query = scene.Peer.PublickeyRequest(sign: false);
        for (int i = 0; i < 128; i++) Assert.Equal((byte)MessageId.UserauthPkOk, (await scene.AskAsync(query))[0]);
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest());
        await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
    }

    [Fact]
    public async Task The_user_must_not_change()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        await scene.AskAsync(Request("user", "none"));
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest(user: "root"));
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
        Assert.Equal(DisconnectReason.ProtocolError, error.Reason);
        Assert.Empty(scene.Questions);
    }

    [Theory]
    [InlineData("ssh-userauth")]
    [InlineData("ssh-connection2")]
    [InlineData("")]
    public async Task Only_the_connection_service_can_be_reached(string service)
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        await scene.AskAsync(Request("user", "none"));
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest(service: service));
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
        Assert.Equal(DisconnectReason.ServiceNotAvailable, error.Reason);
        Assert.Empty(scene.Questions);
    }

    [Fact]
    public async Task The_banner_comes_before_the_first_answer()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync(new UserauthServerOptions { Banner = "Welcome, grüß Gott\n" });
        await scene.Peer.SendAsync(Request("user", "none"));
        Assert.Equal(RawPeer.Message(MessageId.UserauthBanner, "Welcome, grüß Gott\n", ""), await scene.Peer.ExpectAsync(MessageId.UserauthBanner));
        await scene.Peer.ExpectAsync(MessageId.UserauthFailure);
    }

    [Theory]
    [InlineData("ssh-connection", DisconnectReason.ServiceNotAvailable)]
    [InlineData("", DisconnectReason.ServiceNotAvailable)]
    public async Task Another_service_before_authentication_is_refused(string service, DisconnectReason reason)
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync(step: RawStep.Service);
        await scene.Peer.SendAsync(RawPeer.Message(MessageId.ServiceRequest, service));
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
        Assert.Equal(reason, error.Reason);
    }

    [Fact]
    public async Task A_client_may_ask_for_the_service_again_with_each_attempt()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        Assert.Equal((byte)MessageId.UserauthFailure, (await scene.AskAsync(RawPeer.Message(MessageId.UserauthRequest, "alice", "ssh-connection", "none")))[0]);
        Assert.Equal((byte)MessageId.ServiceAccept, (await scene.AskAsync(RawPeer.Message(MessageId.ServiceRequest, "ssh-userauth")))[0]);
        Assert.Equal((byte)MessageId.UserauthFailure, (await scene.AskAsync(RawPeer.Message(MessageId.UserauthRequest, "alice", "ssh-connection", "none")))[0]);
        await scene.Peer.SendAsync(RawPeer.Message(MessageId.ServiceRequest, "ssh-connection"));
        Assert.Equal(DisconnectReason.ServiceNotAvailable, (await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync())).Reason);
    }

    [Fact]
    public async Task Success_is_sent_only_when_it_is_accepted()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest());
        await scene.UserAsync();
        Task<byte[]?> answer = scene.Peer.ReadAsync();
        await scene.Transport.FlushAsync();
        Assert.False(answer.IsCompleted);
        scene.Userauth.Accept();
        await scene.Transport.FlushAsync();
        Assert.Equal(new byte[] { (byte)MessageId.UserauthSuccess }, await answer);
    }

    [Fact]
    public async Task A_request_after_success_is_ignored()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest(), scene.Peer.PublickeyRequest(user: "root"), Request("root", "none"));
        AuthenticatedUser user = await scene.UserAsync();
        scene.Userauth.Accept();
        var connection = new SshConnection(scene.Transport);
        Task run = Task.Run(() => connection.RunAsync());
        await scene.Peer.ExpectAsync(MessageId.UserauthSuccess);
        await scene.Peer.SendAsync([(byte)MessageId.GlobalRequest, .. RawPeer.EncodeString("keepalive@openssh.com"u8), 1]);
        await scene.Peer.ExpectAsync(MessageId.RequestFailure);
        Assert.Equal("user", user.Name);
        Assert.Single(scene.Questions);
        await connection.DisconnectAsync();
        await run.WaitAsync(TransportPair.Patience);
    }

    private static byte[] Request(string user, string method) => RawPeer.Message(MessageId.UserauthRequest, user, "ssh-connection", method);
}
