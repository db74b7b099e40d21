using SshGateway.Replay.Follow;
using SshGateway.Replay.Listing;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay;

/// <summary>Opens files, with errors that say in a few words what is wrong.</summary>
internal static class DumpFile
{
    private const string StandardInputPath = "/dev/stdin";

    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream Open(string file) => Try(file, () =>
    {
        string path = file == "-" ? StandardInputPath : file;
        if (Directory.Exists(path)) throw new IOException("is a directory");
        // The reader buffers; and whoever still writes the file must not be disturbed.
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    });

    /// <summary>Opens a file whose end is not the end; <paramref name="onEnd"/> runs each time it is reached.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FollowStream Follow(string file, Func<string, IGrowth> watch, Action onEnd)
    {
        FileStream stream = Open(file);
        return new FollowStream(stream, watch(file), onEnd);
    }

    /// <summary>The sizes of the terminal in the file beside a dump; none when there is none, or it cannot be read.</summary>
    public static IReadOnlyList<SideResize> ReadResizes(string file)
    {
        try
        {
            using FileStream side = File.OpenRead(file + SideFile.Suffix);
            return SideFile.ReadResizes(side);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    /// <exception cref="IOException">It cannot be made; the message names the file.</exception>
    public static FileStream Create(string file)
    {
        try
        {
            return Try(file, () => new FileStream(file, FileMode.Create, FileAccess.Write));
        }
        catch (IOException error)
        {
            throw new IOException($"{PrintableText.Escape(file)}: {error.Message}", error);
        }
    }

    private static FileStream Try(string file, Func<FileStream> open)
    {
        try
        {
            return open();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException("no such file", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(Directory.Exists(file) ? "is a directory" : "permission denied", error);
        }
        catch (ArgumentException error)
        {
            throw new IOException("is no name of a file", error);
        }
    }
}
