using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>Method hostbased (RFC 4252 §9): this machine's host key vouches for the user's name.</summary>
/// <param name="hostKeys">Host keys of this machine, tried in order.</param>
/// <param name="hostName">Name of this machine as the server may look it up, without a dot at its end.</param>
/// <param name="clientUser">The user's name here.</param>
public sealed class HostbasedClientMethod(IReadOnlyList<ISshSigner> hostKeys, string hostName, string clientUser) : ClientAuthenticationMethod
{
    private int _next;

    public override string Name => "hostbased";

    public override async ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken)
    {
        if (_next == hostKeys.Count) return null;
        ISshSigner signer = hostKeys[_next++];
        string algorithm = signer.PublicKey.SignatureAlgorithms[0];
        LastAttempt = $"{signer.PublicKey.KeyType} {signer.PublicKey.Fingerprint}";
        byte[] signed = Build(transport, user, signer.PublicKey, algorithm);
        byte[] signature = await signer.SignAsync(algorithm, signed, cancellationToken).ConfigureAwait(false);
        return WithSignature(signed.AsSpan(4 + transport.SessionId.Length), signature);
    }

    /// <summary>string session identifier, then the request up to its signature.</summary>
    private byte[] Build(SshTransport transport, string user, PublicKey key, string algorithm)
    {
        // byte SSH_MSG_USERAUTH_REQUEST, string user, string service, string "hostbased", string algorithm, string host key,
        // string client host name, string client user
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteString(transport.SessionId.Span);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(user);
        writer.WriteString("ssh-connection");
        writer.WriteString("hostbased");
        writer.WriteString(algorithm);
        writer.WriteString(key.Blob.Span);
        writer.WriteString(hostName + ".");
        writer.WriteString(clientUser);
        return writer.ToArray();
    }

    private static byte[] WithSignature(ReadOnlySpan<byte> request, byte[] signature)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteBytes(request);
        writer.WriteString(signature);
        return writer.ToArray();
    }
}
