namespace SshGateway.Interop.Tests.Harness;

/// <summary>Bytes that are random but the same in every run.</summary>
internal static class SampleData
{
    public static byte[] Random(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The time of a folder and of those below: else it depends on the second in which they were written.</summary>
    public static void SetFolderTimes(string folder, DateTime time)
    {
        foreach (string inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Append(folder))
        {
            Directory.SetLastWriteTimeUtc(inner, time);
        }
    }

    /// <summary>A small tree with what copies get wrong: empty and odd-sized files, modes, spaces, other alphabets, links, depth.</summary>
    public static void WriteTree(string folder)
    {
        (string Name, int Length, UnixFileMode Mode)[] files =
        [
            ("empty", 0, (UnixFileMode)0b110_100_100),
            ("one byte", 1, (UnixFileMode)0b110_000_000),
            ("a/32769", 32769, (UnixFileMode)0b100_100_100),
            ("a/b/script", 4097, (UnixFileMode)0b111_101_101),
            ("a/b/Grüße-日本", 70000, (UnixFileMode)0b110_100_000),
            ("a/big", 3_000_001, (UnixFileMode)0b110_100_100),
        ];
        int seed = 7;
        foreach ((string name, int length, UnixFileMode mode) in files)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, Random(length, seed++));
            File.SetUnixFileMode(path, mode);
            File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 2, 3, 4, seed, DateTimeKind.Utc));
        }

        File.CreateSymbolicLink(Path.Combine(folder, "link"), "a/b/script");
        SetFolderTimes(folder, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
    }
}
