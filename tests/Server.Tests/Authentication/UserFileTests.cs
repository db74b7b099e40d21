using System.Diagnostics;
using SshGateway.Server.Authentication;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

public sealed class UserFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sshgateway-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, byte[] content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    [Fact]
    public void A_regular_file_is_read_whole()
    {
        byte[] content = [.. Enumerable.Range(0, 10_000).Select(i => (byte)i)];
        Assert.Equal(content, UserFile.Read(Write("keys", content), 0, 20_000, out string problem));
        Assert.Equal("", problem);
    }

    [Fact]
    public void A_missing_file_is_no_problem_worth_a_log_line()
    {
        Assert.Null(UserFile.Read(Path.Combine(_folder, "none"), 0, 100, out string problem));
        Assert.Equal("", problem);
    }

    [Fact]
    public void A_directory_is_refused()
    {
        Assert.Null(UserFile.Read(_folder, 0, 100, out string problem));
        Assert.Equal("not a regular file", problem);
    }

    [Fact]
    public void A_fifo_does_not_block()
    {
        string path = Path.Combine(_folder, "fifo");
        using (var mkfifo = Process.Start("mkfifo", path)) mkfifo.WaitForExit();
        Assert.True(File.Exists(path));
        Assert.Null(UserFile.Read(path, 0, 100, out string problem));
        Assert.Equal("not a regular file", problem);
    }

    [Fact]
    public void A_file_that_others_can_write_is_refused()
    {
        string path = Write("keys", [1], UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        Assert.Null(UserFile.Read(path, 0, 100, out string problem));
        Assert.Equal("writable by group or others", problem);
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused()
    {
        Assert.Null(UserFile.Read(Write("keys", new byte[101]), 0, 100, out string problem));
        Assert.Equal("larger than 100 bytes", problem);
    }
}
