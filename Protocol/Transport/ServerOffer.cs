using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>What a server leg offers: fitted to its host keys and to what the client can do.</summary>
internal static class ServerOffer
{
    public static AlgorithmPreferences For(AlgorithmPreferences offer, SshTransportOptions options, KexInitMessage? client)
    {
        offer = offer with { HostKeys = [.. offer.HostKeys.Where(name => SignerFor(options.HostKeys, name) is not null)] };
        if (!options.PreferGcm || client is null) return offer;
        string[] gcm = [.. offer.Ciphers.Where(IsGcm)];
        bool clientHasGcm = client.CiphersClientToServer.Any(name => Array.IndexOf(gcm, name) >= 0);
        return clientHasGcm ? offer with { Ciphers = gcm } : offer;
    }

    public static ISshSigner? SignerFor(IReadOnlyList<ISshSigner> hostKeys, string algorithm)
    {
        foreach (ISshSigner key in hostKeys)
        {
            if (key.PublicKey.SignatureAlgorithms.Contains(algorithm, StringComparer.Ordinal)) return key;
        }

        return null;
    }

    /// <summary>SSH_MSG_EXT_INFO of a server (RFC 8308 §2.3, OpenSSH PROTOCOL 1.10, 1.11).</summary>
    public static byte[] ExtInfo(SshTransportOptions options)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.ExtInfo);
        writer.WriteUInt32(3);
        writer.WriteString("server-sig-algs");
        // Plain names, as OpenSSH sends them: a client asks for the signature algorithm below a certificate.
        writer.WriteNameList([.. options.UserKeyAlgorithms.Select(KeyTypes.PlainName).Distinct(StringComparer.Ordinal)]);
        writer.WriteString("publickey-hostbound@openssh.com");
        writer.WriteString("0");
        writer.WriteString("ping@openssh.com");
        writer.WriteString("0");
        return writer.ToArray();
    }

    private static bool IsGcm(string name) => name.Contains("-gcm", StringComparison.Ordinal);
}
