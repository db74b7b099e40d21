using System.Security.Cryptography;
using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>What one run of a scenario left to see, piece by piece, in a form that can be compared.</summary>
internal sealed class Outcome
{
    private readonly List<(string Name, byte[] Value)> _pieces = [];

    public IReadOnlyList<(string Name, byte[] Value)> Pieces => _pieces;

    public static Outcome Of(ProcessResult result) => new Outcome().With("", result);

    public static Outcome Of(string name, string value) => new Outcome().With(name, value);

    public Outcome With(string name, ReadOnlySpan<byte> value)
    {
        _pieces.Add((name, value.ToArray()));
        return this;
    }

    public Outcome With(string name, string value) => With(name, Encoding.UTF8.GetBytes(value));

    public Outcome With(string name, ProcessResult result) =>
        With(name + "stdout", result.Output).With(name + "stderr", result.Error).With(name + "status", result.ExitStatus.ToString());

    /// <summary>Names, modes, targets of links and contents of everything below a folder.</summary>
    public Outcome WithFolder(string name, string folder, bool times = false)
    {
        var listing = new StringBuilder();
        foreach (FileSystemInfo entry in new DirectoryInfo(folder)
            .EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            listing.Append(Path.GetRelativePath(folder, entry.FullName)).Append(' ').Append(entry.UnixFileMode);
            if (entry.LinkTarget is { } target)
            {
                listing.Append(" -> ").Append(target);
            }
            else if (entry is FileInfo file)
            {
                listing.Append(' ').Append(file.Length).Append(' ').Append(HashOfFile(file.FullName));
                listing.Append(times ? $" {file.LastWriteTimeUtc:s}" : "");
            }

            listing.Append('\n');
        }

        return With(name, listing.ToString());
    }

    public string Text(string name) => Encoding.UTF8.GetString(Bytes(name));

    public byte[] Bytes(string name) => _pieces.First(piece => piece.Name == name).Value;

    public int Status => int.Parse(Text("status"));

    public static string HashOfFile(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
