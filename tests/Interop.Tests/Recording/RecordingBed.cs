using System.Text;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.Recordings;

namespace SshGateway.Interop.Tests.Recording;

/// <summary>A gateway that records every session to a folder of the bed.</summary>
public class RecordingBed : TestBed
{
    internal string Recordings => Folder["rec"];

    internal override string GatewayLines => $"dump: \"{Recordings}/{{user}}/{{time}}-{{sid}}.dump\"\n";

    /// <summary>The recording of the session whose command contains the mark.</summary>
    internal static Recorded Find(string folder, string mark)
    {
        // Headers first: there may be hundreds of recordings, and large ones.
        string[] found = [.. Files(folder).Where(file => Recorded.TryReadHeader(file)?.CommandText.Contains(mark, StringComparison.Ordinal) == true)];
        if (found.Length != 1) throw new InvalidOperationException($"{found.Length} recordings of '{mark}' in {folder}");
        return Recorded.TryRead(found[0]) ?? throw new InvalidOperationException($"{found[0]} has lost its header");
    }

    internal static IEnumerable<Recorded> All(string folder) =>
        Files(folder).Select(Recorded.TryRead).OfType<Recorded>();

    private static string[] Files(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder, "*.dump", SearchOption.AllDirectories) : [];
}

/// <summary>A dump on the disk, read as far as it goes.</summary>
internal sealed class Recorded
{
    private readonly MemoryStream[] _streams = [new(), new(), new()];

    public required string Path { get; init; }

    public required DumpHeader Header { get; init; }

    public byte[] Input => _streams[0].ToArray();

    public byte[] Output => _streams[1].ToArray();

    public byte[] Errors => _streams[2].ToArray();

    public string OutputText => Encoding.UTF8.GetString(Output);

    public string Side => File.Exists(Path + SideFile.Suffix) ? File.ReadAllText(Path + SideFile.Suffix) : "";

    /// <summary>Null: the file has just been made, and its header is not there yet.</summary>
    public static Recorded? TryRead(string path) => TryReadFrom(path, reader => ReadAsync(path, reader));

    /// <summary>Null as with <see cref="TryRead"/>, or when another test has removed the file.</summary>
    public static DumpHeader? TryReadHeader(string path) => TryReadFrom(path, async reader => await reader.ReadHeaderAsync());

    private static T? TryReadFrom<T>(string path, Func<DumpReader, Task<T>> read)
        where T : class
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            // The stream is a file: nothing here waits for anybody.
            return read(new DumpReader(file)).GetAwaiter().GetResult();
        }
        catch (DumpFormatException error) when (error.IsTruncated && error.Offset == 0)
        {
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static async Task<Recorded> ReadAsync(string path, DumpReader reader)
    {
        var recorded = new Recorded { Path = path, Header = await reader.ReadHeaderAsync() };
        try
        {
            while (await reader.ReadRecordAsync() is { } record)
            {
                while (await reader.ReadDataAsync() is { IsEmpty: false } chunk) recorded._streams[(int)record.Descriptor].Write(chunk.Span);
            }
        }
        catch (DumpFormatException error) when (error.IsTruncated)
        {
            // Still being written, or its writer was killed: what is there counts.
        }

        return recorded;
    }
}
