namespace SshGateway.Interop.Tests.Harness;

/// <summary>A folder with a short path (control sockets have 107 bytes) that only this user can enter.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("sgi-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string content, bool secret = false) =>
        Write(name, System.Text.Encoding.UTF8.GetBytes(content), secret);

    public string Write(string name, ReadOnlySpan<byte> content, bool secret = false)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        if (secret)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    /// <summary>A folder inside, empty, whose name is not used twice.</summary>
    public string NewFolder(string prefix)
    {
        string path = this[$"{prefix}-{Guid.NewGuid():N}"[..(prefix.Length + 9)]];
        Directory.CreateDirectory(path);
        return path;
    }

    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("SSHGATEWAY_KEEP") is null && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
