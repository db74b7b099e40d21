namespace SshGateway.Protocol.Keys.Trust;

/// <summary>
/// Keys and certificates that must not be accepted any more: OpenSSH's key revocation list (PROTOCOL.krl) or a plain list of
/// public keys. A file that cannot be understood as a whole is an error, never an empty list. Immutable.
/// </summary>
public sealed class RevokedKeys
{
    private readonly HashSet<PublicKey> _plain = [];
    private readonly RevocationList? _list;

    private RevokedKeys(RevocationList? list) => _list = list;

    public static RevokedKeys None { get; } = new(list: null);

    /// <exception cref="KeyFileException">The file cannot be read or understood; a line is named where there is one.</exception>
    public static RevokedKeys Load(string path)
    {
        try
        {
            return Parse(PublicKeyFile.ReadBytes(path));
        }
        catch (KeyFileException e) when (e.File is null)
        {
            throw e.In(path);
        }
    }

    /// <summary>As <see cref="Load"/> for a file's contents.</summary>
    public static RevokedKeys Parse(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(RevocationList.Magic)) return new RevokedKeys(RevocationListReader.Read(file));
        var keys = new RevokedKeys(list: null);
        var lines = new TextLines(file);
        while (lines.Next(out ReadOnlySpan<byte> line))
        {
            if (!PublicKey.TryParseLine(line, out PublicKey? key, out string? problem))
                throw new KeyFileException(KeyFileProblem.Damaged, $"line {lines.Number}: {problem}");
            keys._plain.Add(PlainOf(key));
        }

        return keys;
    }

    /// <summary>Is the key revoked? For a certificate: the certificate, the key in it, or the authority that signed it.</summary>
    public bool IsRevoked(PublicKey key) =>
        IsPlainRevoked(PlainOf(key))
        || (key is Certificate certificate && (IsPlainRevoked(certificate.SignatureKey) || (_list?.RevokesCertificate(certificate) ?? false)));

    private static PublicKey PlainOf(PublicKey key) => (key as Certificate)?.Key ?? key;

    private bool IsPlainRevoked(PublicKey key) => _plain.Contains(key) || (_list?.RevokesKey(key) ?? false);
}
