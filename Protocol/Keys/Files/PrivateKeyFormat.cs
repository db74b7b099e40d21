namespace SshGateway.Protocol.Keys.Files;

/// <summary>Tells the formats of private key files apart.</summary>
internal static class PrivateKeyFormat
{
    public static PrivateKey Read(ReadOnlySpan<byte> file, ReadOnlySpan<byte> passphrase)
    {
        if (file.Length > OpenSshKeyFile.MaxFileSize) throw NotAKey("it is too large for a private key");
        if (file.IndexOf(OpenSshKeyFile.Begin) >= 0) return OpenSshKeyFile.Read(file, passphrase);
        if (file.IndexOf("PRIVATE KEY-----"u8) >= 0) return PemKeyFile.Read(file, passphrase);
        throw NotAKey(Describe(file));
    }

    private static string Describe(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> text = file.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty) return "it is empty";
        if (text.StartsWith("PuTTY-User-Key-File"u8)) return "a PuTTY key (convert it: puttygen KEY -O private-openssh -o FILE), not an OpenSSH or PEM private key";
        if (text.IndexOf("PUBLIC KEY-----"u8) >= 0) return "a public key, not a private key";
        if (text.IndexOf("CERTIFICATE-----"u8) >= 0) return "an X.509 certificate, not a private key";
        int lineEnd = text.IndexOfAny((byte)'\n', (byte)'\r');
        if (!PublicKey.TryParseLine(lineEnd < 0 ? text : text[..lineEnd], out PublicKey? key, out _)) return "not a private key";
        return (KeyTypes.IsCertificateName(key.KeyType) ? "a certificate" : "a public key") + ", not a private key";
    }

    private static KeyFileException NotAKey(string detail) => new(KeyFileProblem.NotAPrivateKey, detail);
}
