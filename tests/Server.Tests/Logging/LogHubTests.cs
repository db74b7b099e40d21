using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SshGateway.Server.Logging;
using SshGateway.Server.Tests.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Logging;

public sealed class LogHubTests
{
    private const string Line = "2026-03-04T05:06:07.000Z session=0A did this 2 times\n";

    [Fact]
    public void Lines_go_to_standard_output_by_default()
    {
        using var fixture = new LogFixture("");
        fixture.Hub.Did("0A", "this", 2);
        fixture.Hub.Detail("0A");
        fixture.Session("alice").Did("0A", "this", 2);
        Assert.Equal(Line + Line, fixture.Output);
    }

    [Fact]
    public void A_log_with_the_user_in_its_name_is_a_file_for_each_user()
    {
        using var fixture = new LogFixture("log: FOLDER/{user}.log");
        fixture.Session("alice").Did("0A", "this", 2);
        fixture.Session("bob").Did("0B", "that", 1);
        fixture.Hub.Did("0C", "other", 0);
        Assert.Equal(Line, fixture.File("alice.log"));
        Assert.EndsWith("session=0B did that 1 times\n", fixture.File("bob.log"), StringComparison.Ordinal);
        // What concerns nobody who has logged in.
        Assert.EndsWith("session=0C did other 0 times\n", fixture.Output, StringComparison.Ordinal);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            File.GetUnixFileMode(Path.Combine(fixture.Folder, "alice.log")) & ~UnixFileMode.GroupWrite);
    }

    [Fact]
    public void Until_somebody_has_logged_in_no_file_of_his_name_is_made()
    {
        using var fixture = new LogFixture("log: FOLDER/{user}.log");
        var log = new SessionLogger(fixture.Hub);
        log.Did("0A", "this", 2);
        Assert.Equal(Line, fixture.Output);
        Assert.Empty(Directory.GetFiles(fixture.Folder));
    }

    [Theory]
    [InlineData("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.log")]
    [InlineData("..", "%2E..log")]
    [InlineData("/", "%2F.log")]
    [InlineData("a\0b\n", "a%00b%0A.log")]
    [InlineData("jörg", "j%C3%B6rg.log")]
    [InlineData(".hidden", "%2Ehidden.log")]
    [InlineData("50%", "50%25.log")]
    [InlineData("user@REALM", "user@REALM.log")]
    public void A_name_that_is_no_file_name_stays_in_the_folder(string user, string expected)
    {
        using var fixture = new LogFixture("log: FOLDER/{user}.log");
        fixture.Session(user).Did("0A", "this", 2);
        Assert.Equal([expected], Directory.GetFiles(fixture.Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(fixture.Folder, file)));
    }

    [Fact]
    public void Long_names_are_cut_and_do_not_meet()
    {
        string one = new('x', 1000), two = one + "y";
        Assert.NotEqual(LogFileName.Encode(one), LogFileName.Encode(two));
        Assert.InRange(LogFileName.Encode(one).Length, 100, 200);
    }

    [Fact]
    public void A_symbolic_link_a_pipe_and_a_file_with_two_names_are_not_written_to()
    {
        using var fixture = new LogFixture("log: FOLDER/{user}.log");
        string secret = Path.Combine(fixture.Folder, "secret");
        File.WriteAllText(secret, "");
        File.CreateSymbolicLink(Path.Combine(fixture.Folder, "link.log"), secret);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(fixture.Folder, "pipe.log")])) mkfifo.WaitForExit();
        using (var ln = System.Diagnostics.Process.Start("ln", [secret, Path.Combine(fixture.Folder, "second.log")])) ln.WaitForExit();
        foreach (string user in (string[])["link", "pipe", "second"]) fixture.Session(user).Did("0A", "this", 2);
        Assert.Equal("", File.ReadAllText(secret));
        // Each is reported, and the line is not lost.
        Assert.Equal(3, fixture.Output.Split('\n').Count(line => line.Contains("cannot be written", StringComparison.Ordinal)));
        Assert.Equal(3, fixture.Output.Split('\n').Count(line => line.EndsWith("did this 2 times", StringComparison.Ordinal)));
    }

    [Fact]
    public void Many_files_are_written_with_a_bounded_number_of_descriptors()
    {
        List<string> failures = [];
        string folder = Directory.CreateTempSubdirectory("sgl-").FullName;
        try
        {
            using var files = new LogFiles(10, (path, problem) => failures.Add($"{path}: {problem}"));
            for (int round = 0; round < 3; round++)
            {
                for (int i = 0; i < 50; i++) Assert.True(files.Append(Path.Combine(folder, $"{i}.log"), "line\n"u8));
            }

            Assert.Equal(10, files.OpenFiles);
            Assert.Empty(failures);
            Assert.All(Directory.GetFiles(folder), file => Assert.Equal("line\nline\nline\n", File.ReadAllText(file)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Writers_of_many_threads_lose_no_line()
    {
        string folder = Directory.CreateTempSubdirectory("sgl-").FullName;
        try
        {
            using var files = new LogFiles(3, (_, _) => { });
            Parallel.For(0, 8, worker =>
            {
                for (int i = 0; i < 200; i++) files.Append(Path.Combine(folder, $"{(i + worker) % 6}.log"), "line\n"u8);
            });
            Assert.Equal(8 * 200 * 5, Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Files_are_opened_anew_on_reload()
    {
        using var fixture = new LogFixture("log: FOLDER/gateway.log");
        fixture.Hub.Did("0A", "this", 2);
        File.Move(Path.Combine(fixture.Folder, "gateway.log"), Path.Combine(fixture.Folder, "gateway.log.1"));
        fixture.Hub.Did("0A", "this", 2);
        fixture.Hub.Reload(fixture.Configuration);
        fixture.Hub.Did("0B", "that", 1);
        Assert.Equal(Line + Line, fixture.File("gateway.log.1"));
        Assert.EndsWith("session=0B did that 1 times\n", fixture.File("gateway.log"), StringComparison.Ordinal);
    }

    [Fact]
    public void Debug_holds_for_whom_an_override_sets_it()
    {
        using var fixture = new LogFixture("overrides: [{match: [{users: [alice]}], debug: true}]");
        fixture.Session("bob").Detail("0B");
        fixture.Session("alice").Detail("0A");
        Assert.Equal("2026-03-04T05:06:07.000Z debug session=0A detail\n", fixture.Output);
    }

    [Fact]
    public void Json_is_one_object_a_line_with_the_values_by_name()
    {
        using var fixture = new LogFixture("log_format: json");
        fixture.Hub.Did("0A", "a \"b\"\n", 2);
        fixture.Hub.Accepted("0A", "publickey", "alice", IPAddress.Parse("192.0.2.7"), 40000, "ED25519 SHA256:x");
        string[] lines = fixture.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        JsonElement first = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal("0A", first.GetProperty("session").GetString());
        Assert.Equal(2, first.GetProperty("count").GetInt32());
        Assert.Equal("info", first.GetProperty("level").GetString());
        Assert.Equal("2026-03-04T05:06:07.000Z", first.GetProperty("time").GetString());
        JsonElement second = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal(("Accepted", "alice", "192.0.2.7", 40000), (
            second.GetProperty("event").GetString(), second.GetProperty("user").GetString(), second.GetProperty("address").GetString(), second.GetProperty("port").GetInt32()));
        Assert.Equal("Accepted publickey for alice from 192.0.2.7 port 40000 ssh2: ED25519 SHA256:x", second.GetProperty("message").GetString());
    }

    [Fact]
    public void An_exception_is_one_line_with_its_causes()
    {
        using var fixture = new LogFixture("");
        fixture.Hub.Broken(new InvalidOperationException("outer\nsecond", new IOException("inner")), "0A");
        Assert.Equal("2026-03-04T05:06:07.000Z error session=0A broken; InvalidOperationException: outer\\x0asecond; IOException: inner at \n", fixture.Output);
    }

    [Fact]
    public void Syslog_gets_datagrams_and_a_restarted_daemon_is_found_again()
    {
        string folder = Directory.CreateTempSubdirectory("sgl-").FullName;
        string path = Path.Combine(folder, "log");
        try
        {
            using var fixture = new LogFixture("log: syslog", path);
            using (Socket daemon = Bind(path))
            {
                fixture.Hub.Did("0A", "this", 2);
                Assert.Equal($"<86>{fixture.Time.GetUtcNow().ToLocalTime():MMM ' 4' HH:mm:ss} sshgateway[{Environment.ProcessId}]: [ID 900 0A] did this 2 times", Receive(daemon));
            }

            File.Delete(path);
            fixture.Hub.Did("0B", "nobody listens", 1);
            Assert.EndsWith("session=0B did nobody listens 1 times\n", fixture.Output, StringComparison.Ordinal);
            using Socket next = Bind(path);
            fixture.Hub.Broken(new IOException("x"), "0C");
            Assert.StartsWith("<83>Mar  ", Receive(next), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Standard_output_that_is_the_journal_s_is_known_by_its_inode()
    {
        string folder = Directory.CreateTempSubdirectory("sgl-").FullName;
        string link = Path.Combine(folder, "1");
        File.CreateSymbolicLink(link, "socket:[4711]");
        Assert.True(StreamSink.IsJournal("9:4711", link));
        Assert.False(StreamSink.IsJournal("9:4712", link));
        Assert.False(StreamSink.IsJournal(null, link));
        Assert.False(StreamSink.IsJournal("x", link));
        Directory.Delete(folder, recursive: true);
        var entry = new LogEntry(DateTimeOffset.UnixEpoch, Microsoft.Extensions.Logging.LogLevel.Warning, 1, "session=0A text", []);
        Assert.Equal("<4>session=0A text\n", Encoding.UTF8.GetString(LogLines.Journal(entry, SshGateway.Server.Configuration.LogFormat.Text)));
    }

    private static Socket Bind(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[8192];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
