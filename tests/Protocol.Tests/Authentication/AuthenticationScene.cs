using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Authentication;

/// <summary>The authentication service of ours with a raw client in front of it. <see cref="Known"/> is the one key that is listed.</summary>
internal sealed class AuthenticationScene : IAsyncDisposable, IPublicKeyAuthority
{
    private AuthenticationScene(DuplexStream near, DuplexStream far)
    {
        Transport = new SshTransport(near, isServer: true, TransportPair.ServerOptions);
        Peer = new RawPeer(far, isServer: false, Known);
    }

    public static PrivateKey Known => TestKeys.Ed25519;

    public static PrivateKey AlsoKnown => TestKeys.Rsa;

    public static PrivateKey Stranger => TestKeys.Get("ed25519", number: 1);

    public SshTransport Transport { get; }

    public RawPeer Peer { get; }

    public UserauthServer Userauth { get; private set; } = null!;

    /// <summary>The authenticated user, or the error that ended the service.</summary>
    public Task<AuthenticatedUser> Result { get; private set; } = null!;

    /// <summary>What the key authority was asked.</summary>
    public List<string> Questions { get; } = [];

    public static async Task<AuthenticationScene> StartAsync(UserauthServerOptions? options = null, RawStep step = RawStep.Userauth)
    {
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        var scene = new AuthenticationScene(near, far);
        Task handshake = scene.Transport.HandshakeAsync(CancellationToken.None);
        await scene.Peer.AdvanceAsync(RawStep.Service);
        await handshake.WaitAsync(TransportPair.Patience);
        scene.Userauth = new UserauthServer(
            scene.Transport, [new PublickeyServerMethod(scene, AlgorithmDefaults.UserKeys)], options ?? new UserauthServerOptions());
        scene.Result = Task.Run(() => scene.Userauth.RunAsync(CancellationToken.None));
        await scene.Peer.AdvanceAsync(step);
        return scene;
    }

    public ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        Questions.Add($"{user} {key.KeyType} {algorithm}");
        return ValueTask.FromResult(key.Equals(Known.PublicKey) || key.Equals(AlsoKnown.PublicKey));
    }

    public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature) => signature.UserPresent;

    public void KeyQueried(string user, PublicKey key) => Questions.Add($"{user} queried {key.KeyType}");

    /// <summary>Sends a request and gives the answer's message number.</summary>
    public async Task<byte[]> AskAsync(byte[] request)
    {
        await Peer.SendAsync(request);
        while (true)
        {
            byte[] answer = await Peer.ReadAsync() ?? throw new InvalidOperationException("closed");
            if ((MessageId)answer[0] != MessageId.ExtInfo) return answer;
        }
    }

    public Task<AuthenticatedUser> UserAsync() => Result.WaitAsync(TransportPair.Patience);

    public async ValueTask DisposeAsync()
    {
        Transport.Abort();
        await ((Task)Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Transport.DisposeAsync();
        await Peer.DisposeAsync();
    }
}
