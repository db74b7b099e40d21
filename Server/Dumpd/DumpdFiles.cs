using System.Globalization;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Dumpd;

/// <summary>The files of one recording: <c>DIR/USER/TIME-SID.dump</c>, and beside it what a dump has no place for.</summary>
internal sealed class DumpdFiles : IDisposable
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int MostNames = 10_000;

    private readonly FileStream _dump;
    private FileStream? _side;

    private DumpdFiles(FileStream dump) => _dump = dump;

    public string Path => _dump.Name;

    public long DumpLength => _dump.Length;

    public long SideLength => _side?.Length ?? 0;

    public static string PathOf(string folder, DumpHeader header)
    {
        ulong ns = header.StartNs;
        string seconds = UnixNanoseconds.ToUtc(ns).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        string name = string.Create(CultureInfo.InvariantCulture, $"{seconds}.{ns % UnixNanoseconds.PerSecond:D9}Z-{header.SessionId}.dump");
        return System.IO.Path.Combine(folder, header.UserText, name);
    }

    /// <summary>A new file; a sender that comes again with the same session gets another name, and what it brought before stays.</summary>
    public static DumpdFiles Create(string folder, DumpHeader header)
    {
        string path = PathOf(folder, header);
        MakeFolder(path);
        for (int i = 1; i < MostNames; i++)
        {
            string name = i == 1 ? path : $"{path[..^".dump".Length]}-{i}.dump";
            try
            {
                return new DumpdFiles(Open(name, FileMode.CreateNew));
            }
            catch (IOException) when (File.Exists(name))
            {
                // The next number.
            }
        }

        throw new IOException("there are too many recordings of this session");
    }

    /// <summary>The file of a session, begun or gone on with.</summary>
    /// <exception cref="InvalidDataException">The file that is there is another session's.</exception>
    public static DumpdFiles Continue(string path, byte[] header)
    {
        MakeFolder(path);
        var files = new DumpdFiles(Open(path, FileMode.OpenOrCreate));
        try
        {
            byte[] begun = new byte[Math.Min(header.Length, files.DumpLength)];
            files._dump.ReadExactly(begun);
            if (!header.AsSpan(0, begun.Length).SequenceEqual(begun)) throw new InvalidDataException("another session has a file of this name");
            files._dump.Seek(0, SeekOrigin.End);
            if (File.Exists(path + SideFile.Suffix)) files.OpenSide();
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public void AppendDump(ReadOnlySpan<byte> bytes) => _dump.Write(bytes);

    public void AppendSide(ReadOnlySpan<byte> bytes)
    {
        if (_side is null) OpenSide();
        _side!.Write(bytes);
    }

    public void Dispose()
    {
        _dump.Dispose();
        _side?.Dispose();
    }

    private void OpenSide()
    {
        _side = Open(Path + SideFile.Suffix, FileMode.OpenOrCreate);
        _side.Seek(0, SeekOrigin.End);
    }

    private static void MakeFolder(string path)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, FolderMode);
    }

    private static FileStream Open(string path, FileMode mode) => new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
