using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Authentication;

public class PublickeyTests
{
    private const string Hostbound = "publickey-hostbound-v00@openssh.com";

    private static readonly PrivateKey Known = AuthenticationScene.Known;

    private static readonly PrivateKey Stranger = AuthenticationScene.Stranger;

    /// <summary>Requests that must fail, all of them with the answer of a key that is not known.</summary>
    private static readonly Dictionary<string, Func<RawPeer, byte[]>> Forgeries = new(StringComparer.Ordinal)
    {
        ["a key that is not listed"] = peer => peer.PublickeyRequest(signer: Stranger),
        ["key 1 shown, signed with key 2"] = peer => peer.PublickeyRequest(signer: Stranger, shown: Known.PublicKey),
        ["the session id of another connection"] = peer => peer.PublickeyRequest(sessionId: new byte[32]),
        ["an empty session id"] = peer => peer.PublickeyRequest(sessionId: []),
        ["an inner algorithm other than the outer"] = peer => peer.PublickeyRequest(signer: AuthenticationScene.AlsoKnown, algorithm: "rsa-sha2-256", innerAlgorithm: "rsa-sha2-512"),
        ["an algorithm of another key type"] = peer => peer.PublickeyRequest(algorithm: "rsa-sha2-512", sign: false),
        ["an algorithm that is not offered"] = peer => peer.PublickeyRequest(signer: AuthenticationScene.AlsoKnown, algorithm: "ssh-rsa", sign: false),
        ["another user signed for"] = peer => Swap(peer.PublickeyRequest(user: "user"), peer.PublickeyRequest(user: "root")),
        ["hostbound to another host"] = peer => peer.PublickeyRequest(method: Hostbound, hostKey: Stranger.PublicKey),
        ["an empty signature"] = peer => [.. peer.PublickeyRequest(sign: false).Select((b, i) => i == SignFlagAt(peer) ? (byte)1 : b), 0, 0, 0, 0],
        ["a signature of zeros"] = peer => Damage(peer.PublickeyRequest(), from: 64, set: 0),
        ["a key blob that is no key"] = peer => Damage(peer.PublickeyRequest(sign: false), from: 20, set: 0xff),
    };

    /// <summary>Requests that are not well formed: the connection ends.</summary>
    private static readonly Dictionary<string, Func<RawPeer, byte[]>> Breaches = new(StringComparer.Ordinal)
    {
        ["trailing bytes"] = peer => peer.PublickeyRequest(trailer: [0]),
        ["trailing bytes behind a query"] = peer => peer.PublickeyRequest(sign: false, trailer: [1, 2, 3]),
        ["a second signature"] = peer => peer.PublickeyRequest(trailer: RawPeer.EncodeString(new byte[83])),
        ["nothing behind the method"] = peer => RawPeer.Message(MessageId.UserauthRequest, peer.User, "ssh-connection", "publickey"),
        ["a method that is not text"] = peer => [.. RawPeer.Message(MessageId.UserauthRequest, peer.User, "ssh-connection"), 0, 0, 0, 1, 200],
        ["a user that is not UTF-8"] = _ => [(byte)MessageId.UserauthRequest, 0, 0, 0, 1, 0xff, .. RawPeer.Message(MessageId.UserauthRequest, "ssh-connection", "none")[1..]],
        ["a user of 1,025 bytes"] = peer => peer.PublickeyRequest(user: new string('x', 1025)),
    };

    public static TheoryData<string> ForgeryNames => [.. Forgeries.Keys];

    public static TheoryData<string> BreachNames => [.. Breaches.Keys];

    [Theory]
    [InlineData("publickey")]
    [InlineData(Hostbound)]
    public async Task A_query_is_answered_and_a_signature_lets_in(string method)
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        byte[] query = scene.Peer.PublickeyRequest(sign: false, method: method);
        byte[] ok = await scene.AskAsync(query);
        Assert.Equal([(byte)MessageId.UserauthPkOk, .. RawPeer.EncodeString("ssh-ed25519"u8), .. RawPeer.EncodeString(Known.PublicKey.Blob.Span)], ok);
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest(method: method));
        AuthenticatedUser user = await scene.UserAsync();
        Assert.Equal(new AuthenticatedUser("user", "publickey", Known.PublicKey), user);
        Assert.Equal(["user ssh-ed25519 ssh-ed25519", "user queried ssh-ed25519", "user ssh-ed25519 ssh-ed25519"], scene.Questions);
    }

    [Theory]
    [InlineData("ed25519", "", "ssh-ed25519")]
    [InlineData("rsa", "2048", "rsa-sha2-256")]
    [InlineData("rsa", "2048", "rsa-sha2-512")]
    public async Task Every_listed_key_lets_in_with_its_algorithms(string type, string bits, string algorithm)
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest(signer: TestKeys.Get(type, bits), algorithm: algorithm));
        Assert.Equal(TestKeys.Get(type, bits).PublicKey, (await scene.UserAsync()).Key);
    }

    [Theory]
    [MemberData(nameof(ForgeryNames))]
    public async Task A_forgery_fails_like_an_unknown_key(string name)
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        byte[] answer = await scene.AskAsync(Forgeries[name](scene.Peer));
        Assert.Equal([(byte)MessageId.UserauthFailure, .. RawPeer.EncodeString("publickey"u8), 0], answer);
        Assert.Equal(1, scene.Userauth.Failures);
        Assert.False(scene.Result.IsCompleted);
        await scene.Peer.SendAsync(scene.Peer.PublickeyRequest());
        Assert.Equal("user", (await scene.UserAsync()).Name);
    }

    [Theory]
    [MemberData(nameof(BreachNames))]
    public async Task A_malformed_request_ends_the_connection(string name)
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        await scene.Peer.SendAsync(Breaches[name](scene.Peer));
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => scene.Result.WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.ProtocolError, error.Reason);
    }

    [Fact]
    public async Task A_request_cut_at_any_byte_ends_the_connection()
    {
        int length = 20;
        for (int cut = 1; cut < length; cut++)
        {
            await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
            byte[] whole = scene.Peer.PublickeyRequest();
            length = whole.Length;
            await scene.Peer.SendAsync(whole[..cut]);
            await Assert.ThrowsAsync<SshProtocolException>(() => scene.Result.WaitAsync(TransportPair.Patience));
        }
    }

    [Fact]
    public async Task Any_flipped_bit_of_a_request_keeps_out()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync(new UserauthServerOptions { MaxTries = int.MaxValue, MaxRequests = int.MaxValue });
        byte[] whole = scene.Peer.PublickeyRequest();
        // From the blob of the key to the end; before it a flipped bit breaks the message or the user's name.
        int blobAt = whole.AsSpan().IndexOf(Known.PublicKey.Blob.Span);
        for (int at = blobAt + 20; at < whole.Length; at++)
        {
            if (at >= blobAt + 51 && at < whole.Length - 64) continue;
            byte[] changed = [.. whole];
            changed[at] ^= (byte)(1 << (at % 8));
            Assert.Equal((byte)MessageId.UserauthFailure, (await scene.AskAsync(changed))[0]);
        }

        await scene.Peer.SendAsync(whole);
        Assert.Equal(Known.PublicKey, (await scene.UserAsync()).Key);
    }

    [Fact]
    public async Task Of_ten_thousand_offered_keys_six_are_looked_at()
    {
        await using AuthenticationScene scene = await AuthenticationScene.StartAsync();
        byte[] offer = scene.Peer.PublickeyRequest(AuthenticationScene.Stranger, sign: false);
        Task sending = scene.Peer.SendAsync([.. Enumerable.Repeat(offer, 10_000)]);
        SshProtocolException error = await Assert.ThrowsAsync<SshProtocolException>(() => scene.UserAsync());
        Assert.Equal(DisconnectReason.NoMoreAuthMethodsAvailable, error.Reason);
        Assert.Equal(6, scene.Questions.Count);
        scene.Transport.Abort();
        await Record.ExceptionAsync(() => sending.WaitAsync(TransportPair.Patience));
    }

    private static int SignFlagAt(RawPeer peer) => RawPeer.Message(MessageId.UserauthRequest, peer.User, "ssh-connection", "publickey").Length;

    /// <summary>The first request's fields with the second one's signature.</summary>
    private static byte[] Swap(byte[] fields, byte[] signed) => [.. fields[..^83], .. signed[^83..]];

    private static byte[] Damage(byte[] request, int from, byte set)
    {
        for (int i = request.Length - from; i < request.Length; i++) request[i] = set;
        return request;
    }
}
