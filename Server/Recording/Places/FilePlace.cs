using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Places;

/// <summary>A new file. Folders are made for the gateway alone, and so is the file; nothing that exists is ever written to.</summary>
internal sealed class FilePlace : IRecordingPlace
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileModeBits = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Names tried for one recording before something must be wrong.</summary>
    private const int MostNames = 10_000;

    private readonly FileStream _data;
    private FileStream? _side;

    private FilePlace(FileStream data, string format)
    {
        _data = data;
        Format = format;
    }

    public string Location => _data.Name;

    public string Format { get; }

    public Stream Data => _data;

    /// <summary>Makes the file of a path, or of the next name that is free: <c>x.dump</c>, <c>x-2.dump</c>, …</summary>
    /// <param name="path">The path, with its patterns expanded.</param>
    /// <param name="number">Counts the recordings of a connection from 1; stands in the name from 2 on.</param>
    /// <param name="format">dump or asciicast.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static FilePlace Create(string path, int number, string format)
    {
        string full = Path.GetFullPath(path);
        try
        {
            MakeFolder(Path.GetDirectoryName(full)!);
            for (int i = number; i < number + MostNames; i++)
            {
                string name = i == 1 ? full : Numbered(full, i);
                if (TryCreate(name) is { } stream) return new FilePlace(stream, format);
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }

        throw new IOException($"{full}: there are too many recordings of this name");
    }

    public Stream OpenSide() => _side ??= TryCreate(_data.Name + SideFile.Suffix) ?? throw new IOException($"{_data.Name}{SideFile.Suffix} exists already");

    public void Cut(long length) => _data.SetLength(length);

    /// <summary>Removes the file again: nothing was recorded.</summary>
    public void Discard()
    {
        Dispose();
        File.Delete(_data.Name);
    }

    public void Dispose()
    {
        _data.Dispose();
        _side?.Dispose();
    }

    private static string Numbered(string path, int number) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}");

    private static void MakeFolder(string folder)
    {
        // One by one, because the mode would hold for the last alone.
        if (Directory.Exists(folder)) return;
        if (Path.GetDirectoryName(folder) is { } parent) MakeFolder(parent);
        Directory.CreateDirectory(folder, FolderMode);
    }

    private static FileStream? TryCreate(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = FileModeBits,
        };
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException) when (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            return null;
        }
    }
}
