using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Protocol.Keys;

/// <summary>Reads files of public keys or certificates, one per line (<c>id_ed25519.pub</c>, <c>id_ed25519-cert.pub</c>, lists of authorities).</summary>
public static class PublicKeyFile
{
    private const int MaxFileSize = 16 * 1024 * 1024;

    /// <summary>The first key of the file.</summary>
    /// <exception cref="KeyFileException">It cannot be read, or its first line that is no comment is not a public key.</exception>
    public static PublicKey Load(string path) => LoadAll(path) is [var first, ..] ? first : throw NotAKey(path, "holds no public key");

    /// <summary>Every key of the file; a line that is not one is an error that names it.</summary>
    /// <exception cref="KeyFileException">It cannot be read, or a line is neither a comment nor a public key.</exception>
    public static IReadOnlyList<PublicKey> LoadAll(string path)
    {
        var keys = new List<PublicKey>();
        var lines = new TextLines(ReadBytes(path));
        while (lines.Next(out ReadOnlySpan<byte> line))
        {
            if (!PublicKey.TryParseLine(line, out PublicKey? key, out string? problem)) throw NotAKey(path, $"line {lines.Number}: {problem}");
            keys.Add(key);
        }

        return keys;
    }

    /// <summary>A file's bytes, at most 16 MiB of them.</summary>
    internal static byte[] ReadBytes(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (file.Length > MaxFileSize) throw new KeyFileException(KeyFileProblem.Unsupported, $"larger than {MaxFileSize} bytes", path);
            byte[] bytes = new byte[file.Length];
            int size = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return size == bytes.Length ? bytes : bytes[..size];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw KeyFileException.Unreadable(path, e);
        }
    }

    private static KeyFileException NotAKey(string path, string detail) => new(KeyFileProblem.Damaged, detail, path);
}
