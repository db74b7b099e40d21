using System.Text.Json;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>
/// What stands beside the spool of a recording, so that another process can send what is left of it: where to, and how the dump begins (the
/// collector may have that already, and then it is in the spool no more). Locked while somebody sends.
/// </summary>
internal sealed class SpoolNote : IDisposable
{
    public const string Suffix = ".to";

    private const int Longest = 256 * 1024;

    private readonly FileStream _file;

    private SpoolNote(FileStream file, CollectorAddress address, CollectorTls tls, byte[] header) => (_file, Address, Tls, Header) = (file, address, tls, header);

    public CollectorAddress Address { get; }

    public CollectorTls Tls { get; }

    public byte[] Header { get; }

    /// <exception cref="IOException">It cannot be made.</exception>
    public static SpoolNote Create(string path, CollectorAddress address, CollectorTls tls, byte[] header)
    {
        FileStream file = Open(path + Suffix, FileMode.Create);
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            json.WriteString("to", address.ToString());
            json.WriteString("ca", tls.AuthorityFile);
            json.WriteString("certificate", tls.CertificateFile);
            json.WriteString("key", tls.KeyFile);
            json.WriteBase64String("header", header);
            json.WriteEndObject();
        }

        file.Flush();
        return new SpoolNote(file, address, tls, header);
    }

    /// <summary>The note of another process's spool; null when there is none, or that process still sends.</summary>
    public static SpoolNote? TryTake(string path)
    {
        FileStream? file = null;
        try
        {
            file = Open(path + Suffix, FileMode.Open);
            if (file.Length > Longest) throw new InvalidDataException();
            using JsonDocument json = JsonDocument.Parse(file);
            JsonElement root = json.RootElement;
            byte[] header = root.GetProperty("header").GetBytesFromBase64();
            if (!CollectorAddress.TryParse(Text(root, "to"), out CollectorAddress address) || !DumpHeader.TryParse(header, out _, out _)) throw new InvalidDataException();
            return new SpoolNote(file, address, new CollectorTls(Text(root, "ca"), Text(root, "certificate"), Text(root, "key")), header);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidDataException or DumpFormatException
            or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            file?.Dispose();
            return null;
        }
    }

    /// <summary>All is delivered.</summary>
    public void Delete() => File.Delete(_file.Name);

    public void Dispose() => _file.Dispose();

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? "";

    private static FileStream Open(string path, FileMode mode) => new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        // The lock that keeps two processes from sending the same.
        Share = FileShare.None,
        BufferSize = 0,
        UnixCreateMode = mode == FileMode.Create ? UnixFileMode.UserRead | UnixFileMode.UserWrite : null,
    });
}
