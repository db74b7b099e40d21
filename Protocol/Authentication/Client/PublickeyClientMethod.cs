using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>
/// Method publickey (RFC 4252 §7): one signed request per key, without the query round, because signing is cheaper than a round trip.
/// Where the server knows it, the request names its host key (publickey-hostbound-v00@openssh.com): agents confine keys by it.
/// </summary>
public sealed class PublickeyClientMethod(IReadOnlyList<ISshSigner> signers) : ClientAuthenticationMethod
{
    private const string Hostbound = "publickey-hostbound-v00@openssh.com";
    private int _next;

    public override string Name => "publickey";

    public override async ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken)
    {
        string[]? accepted = ServerSignatureAlgorithms(transport);
        while (_next < signers.Count)
        {
            ISshSigner signer = signers[_next++];
            if (ChooseAlgorithm(signer.PublicKey, accepted) is not { } algorithm) continue;
            LastAttempt = $"{signer.PublicKey.KeyType} {signer.PublicKey.Fingerprint}";
            (byte[] request, byte[] signed) = Build(transport, user, signer.PublicKey, algorithm);
            if (await SignAsync(signer, algorithm, signed, cancellationToken).ConfigureAwait(false) is { } signature) return Append(request, signature);
        }

        return null;
    }

    /// <summary>Null when the agent that holds the key does not sign with it; the next key is tried.</summary>
    private static async ValueTask<byte[]?> SignAsync(ISshSigner signer, string algorithm, byte[] data, CancellationToken cancellationToken)
    {
        try
        {
            return await signer.SignAsync(algorithm, data, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException)
        {
            return null;
        }
    }

    /// <summary>server-sig-algs (RFC 8308 §3.1); null when the server did not send it.</summary>
    private static string[]? ServerSignatureAlgorithms(SshTransport transport) =>
        transport.PeerExtensions.TryGetValue("server-sig-algs", out byte[]? list) ? NameList.Parse(list) : null;

    private static string? ChooseAlgorithm(PublicKey key, string[]? accepted)
    {
        foreach (string algorithm in key.SignatureAlgorithms)
        {
            // The list names signatures: a certificate's are those of its key.
            if (accepted is null || accepted.Contains(KeyTypes.PlainName(algorithm), StringComparer.Ordinal)) return algorithm;
        }

        // dropbear lists RSA signatures only; a key type of its own is accepted all the same when the list does not name it.
        return key.SignatureAlgorithms.Count == 1 ? key.SignatureAlgorithms[0] : null;
    }

    private static (byte[] Request, byte[] Signed) Build(SshTransport transport, string user, PublicKey key, string algorithm)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteString(transport.SessionId.Span);
        int start = writer.Length;
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(user);
        writer.WriteString("ssh-connection");
        bool hostbound = transport.PeerExtensions.TryGetValue("publickey-hostbound@openssh.com", out byte[]? version) && version.AsSpan().SequenceEqual("0"u8);
        writer.WriteString(hostbound ? Hostbound : "publickey");
        writer.WriteBoolean(true);
        writer.WriteString(algorithm);
        writer.WriteString(key.Blob.Span);
        if (hostbound) writer.WriteString(transport.HostKey!.Blob.Span);
        return (writer.Written[start..].ToArray(), writer.ToArray());
    }

    private static byte[] Append(byte[] request, byte[] signature)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteBytes(request);
        writer.WriteString(signature);
        return writer.ToArray();
    }
}
