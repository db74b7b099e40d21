using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Commands;
using Xunit;

namespace SshGateway.Server.Tests.Configuration.Commands;

public sealed class CheckCommandTests : IDisposable
{
    // What the reference output was made from, as far as it shows.
    internal const string Site = """
        debug: false
        log: /var/log/sshproxy/{user}.log
        check_interval: 30s
        error_banner: No backend is available right now, sorry.
        dump: etcd
        etcd_stats_interval: 1s
        log_stats_interval: 5s
        etcd: {endpoints: ["127.0.0.1:12479"], mandatory: true, keyttl: 5}
        max_connections_per_user: 5
        translate_commands:
          internal-sftp:
            ssh_args: [-oForwardX11=no, -oForwardAgent=no, -oPermitLocalCommand=no, -oClearAllForwardings=yes, -oProtocol=2, -s]
            command: sftp
            disable_dump: true
        environment: {XAUTHORITY: "/dev/shm/.Xauthority_{user}"}
        service: login
        dest: ["127.0.0.[2-3]:2200", "127.0.0.9:2200"]
        route_select: connections
        mode: balanced
        overrides:
          - match: [{sources: ["127.0.0.1:2024"]}]
            service: transfer
            dest: ["127.0.0.4:2200"]
            route_select: ordered
            mode: sticky
            etcd_keyttl: 3600
          - match: [{users: [bench2]}]
            debug: true
            ssh: {args: [-q, -Y, -o, ServerAliveInterval=30]}
            environment: {SITE: two}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("check").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ReferenceFact("ctl")]
    public void Calculated_configurations_read_as_the_reference()
    {
        Compare("config-user.txt", "bench1", [], null);
        Compare("config-user2.txt", "bench2", [], null);
        Compare("config-user-unknown.txt", "nobodyhere", [], null);
        Compare("config-groups.txt", "alice", ["staffx", "foo"], null);
        Compare("config-source.txt", "bench1", [], "127.0.0.1:2024");
        Compare("config-source-noport.txt", "", [], "127.0.0.1");
    }

    [Fact]
    public void The_whole_file_is_printed_with_its_overrides()
    {
        (int code, string output, string error) = Check(Site, null, [], null);
        Assert.Equal(0, code);
        Assert.Contains("config.listen = [127.0.0.1:2024]\n", output, StringComparison.Ordinal);
        Assert.Contains("overrides[0].match = {sources:[127.0.0.1:2024]}\n", output, StringComparison.Ordinal);
        Assert.Contains("overrides[0].dest = [127.0.0.4:2200]\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("overrides[0].log", output, StringComparison.Ordinal);
        Assert.Contains(":8:19: 'endpoints' has no effect", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_offered_on_each_leg_is_printed()
    {
        (int code, string output, _) = Check("algorithms: {kex: curve25519-sha256, ciphers: '-chacha*', compression: true}\ndestination: {legacy: true}\n", null, [], null);
        Assert.Equal(0, code);
        string[] lines = output.Split('\n');
        Assert.Contains("offered.client.kex = curve25519-sha256", lines);
        Assert.Contains("offered.client.host_keys = ssh-ed25519,rsa-sha2-512,rsa-sha2-256", lines);
        Assert.Contains("offered.client.ciphers = aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr", lines);
        Assert.Contains("offered.client.macs = hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com", lines);
        Assert.Contains("offered.client.compression = none,zlib@openssh.com", lines);
        Assert.Contains(lines, line => line.StartsWith("offered.client.user_keys = ssh-ed25519,sk-ssh-ed25519@openssh.com,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("offered.destination.kex = mlkem768x25519-sha256,", StringComparison.Ordinal));
        Assert.Contains("offered.destination.macs = hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512", lines);
        Assert.Contains(lines, line => line.StartsWith("offered.legacy_destination.ciphers = ", StringComparison.Ordinal) && line.EndsWith(",aes256-cbc,aes192-cbc,aes128-cbc", StringComparison.Ordinal));
    }

    [Fact]
    public void Errors_give_78_and_every_place()
    {
        (int code, string output, string error) = Check("debug: 3\nnonsense: 1\nhost_keys: [/nonexistent/key]\n", null, [], null);
        Assert.Equal((78, ""), (code, output));
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.EndsWith(":1:8: true or false is expected, not '3'", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(":2:1: unknown key 'nonsense'", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(":3:13: the file '/nonexistent/key' does not exist", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_gives_78()
    {
        StringWriter error = new();
        Assert.Equal(78, CheckCommand.Run(Path.Combine(_folder, "none.yaml"), null, [], null, TextWriter.Null, error));
        Assert.Contains("none.yaml: does not exist", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_is_none_gives_2() => Assert.Equal(2, Check("", "u", [], "nowhere.invalid:x").Code);

    [Fact]
    public void Passwords_of_the_database_are_not_shown()
    {
        foreach (string database in new[] { "postgresql://gw:hunter2@db/gw", "Host=db;Username=gw;Password=hunter2", "host=db password=hunter2 user=gw", "postgresql://db/gw?user=gw&password=hunter2", "env:DATABASE" })
        {
            (int code, string output, _) = Check($"state: {{database: \"{database}\"}}", null, [], null);
            Assert.Equal(0, code);
            Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
            Assert.Contains("db", output, StringComparison.Ordinal);
        }
    }

    private void Compare(string name, string user, string[] groups, string? source)
    {
        string[] expected = Comparable(File.ReadAllLines(Path.Combine(Reference.Folder("ctl")!, name)));
        (int code, string output, _) = Check(Site, user, groups, source);
        Assert.Equal(0, code);
        Assert.Equal(expected, Comparable(output.Split('\n')).Take(expected.Length));
    }

    // Theirs names an etcd and the node set library.
    internal static string[] Comparable(IEnumerable<string> lines) =>
    [
        .. lines.Where(l => l.Length > 0 && !l.StartsWith("config.etcd =", StringComparison.Ordinal) && !l.StartsWith("config.state =", StringComparison.Ordinal)
            && !l.StartsWith("libnodeset", StringComparison.Ordinal) && !l.StartsWith("node sets:", StringComparison.Ordinal)),
    ];

    private (int Code, string Output, string Error) Check(string text, string? user, string[] groups, string? source)
    {
        string file = Path.Combine(_folder, "site.yaml");
        File.WriteAllText(file, text);
        StringWriter output = new(), error = new();
        LoadServices services = Loaded.Services with { FileProblem = LoadServices.Unreadable };
        int code = CheckCommand.Run(file, user, groups, source, output, error, services, GroupsOf);
        return (code, output.ToString(), error.ToString());
    }

    internal static IReadOnlyList<string>? GroupsOf(string user) => user switch
    {
        "bench1" => ["bench1", "hpc"],
        "bench2" => ["bench2", "hpc", "staffx"],
        _ => null,
    };
}
