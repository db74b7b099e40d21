using System.Net;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class KnownHostsTests
{
    private static readonly PublicKey Key = TestKeys.Ed25519.PublicKey;
    private static readonly PublicKey Other = TestKeys.Get("ed25519", number: 1).PublicKey;
    private static readonly PublicKey Rsa = TestKeys.Rsa.PublicKey;

    [Fact]
    public void A_listed_key_is_trusted_and_names_its_line()
    {
        KnownHosts hosts = Parse($"# c\n\nhost.example,192.0.2.1 {Key} a comment\n");
        HostKeyCheck check = hosts.Check("Host.Example", 22, Key);
        Assert.Equal(HostKeyStatus.Trusted, check.Status);
        Assert.Equal(("file", 3, Key.Fingerprint), (check.Entry!.File, check.Entry.Line, check.Entry.Fingerprint));
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("192.0.2.1", 22, Key).Status);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("other.example", 22, Key).Status);
        Assert.Equal(HostKeyStatus.Unknown, KnownHosts.Empty.Check("host.example", 22, Key).Status);
    }

    [Fact]
    public void Another_key_of_the_same_type_is_a_mismatch_with_what_was_expected()
    {
        KnownHosts hosts = Parse($"host {Other}\nhost {Rsa}\nhost {TestKeys.Get("ed25519", number: 2).PublicKey}\n");
        HostKeyCheck check = hosts.Check("host", 22, Key);
        Assert.Equal(HostKeyStatus.Mismatch, check.Status);
        Assert.Equal([1, 3], check.Expected.Select(expected => expected.Line));
        Assert.Equal(Other.Fingerprint, check.Expected[0].Fingerprint);
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("host", 22, Other).Status);
    }

    [Fact]
    public void A_key_of_another_type_is_unknown_but_the_known_ones_are_told()
    {
        HostKeyCheck check = Parse($"host {Rsa}\n").Check("host", 22, Key);
        Assert.Equal(HostKeyStatus.Unknown, check.Status);
        Assert.Equal(Rsa.Fingerprint, Assert.Single(check.Expected).Fingerprint);
    }

    [Fact]
    public void Ports_stand_in_brackets_and_the_plain_name_serves_only_to_trust()
    {
        KnownHosts hosts = Parse($"[host]:2222 {Key}\nhost {Other}\n");
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("host", 2222, Key).Status);
        Assert.Equal(HostKeyStatus.Mismatch, hosts.Check("host", 2222, Other).Status);
        Assert.Equal(HostKeyStatus.Mismatch, hosts.Check("host", 22, Key).Status);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("host", 2223, Key).Status);
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("host", 2223, Other).Status);
    }

    [Theory]
    [InlineData("*.example", "a.example", true)]
    [InlineData("*.example,!bad.example", "bad.example", false)]
    [InlineData("!bad.example,*.example", "good.example", true)]
    [InlineData("*.example", "example", false)]
    [InlineData("h?st", "host", true)]
    [InlineData("*", "anything", true)]
    [InlineData("!host", "other", false)]
    [InlineData("", "host", false)]
    public void Names_are_patterns(string names, string host, bool matches) =>
        Assert.Equal(matches ? HostKeyStatus.Trusted : HostKeyStatus.Unknown, Parse($"{names} {Key}\n").Check(host, 22, Key).Status);

    [Fact]
    public void A_revoked_key_is_revoked_whatever_else_is_said()
    {
        KnownHosts hosts = Parse($"host {Key}\n@revoked * {Key}\n@revoked 192.0.2.* {Other}\n");
        Assert.Equal(HostKeyStatus.Revoked, hosts.Check("host", 22, Key).Status);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("other", 22, Other).Status);
        Assert.Equal(HostKeyStatus.Revoked, hosts.Check("other", 22, Other, IPAddress.Parse("192.0.2.7")).Status);
        Assert.Equal(2, hosts.Check("other", 2222, Key).Entry!.Line);
    }

    [Fact]
    public void An_authoritys_key_is_not_trusted_as_a_host_key() =>
        Assert.Equal(HostKeyStatus.Unknown, Parse($"@cert-authority * {Key}\n").Check("host", 22, Key).Status);

    [Fact]
    public async Task A_certificate_of_a_listed_authority_is_trusted_within_its_bounds()
    {
        PrivateKey authority = TestKeys.Get("ed25519", number: 3);
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(60);
        Certificate certificate = await new CertificateBuilder
        {
            Key = Key,
            Type = CertificateType.Host,
            KeyId = "host",
            Principals = ["host.example"],
            ValidAfter = now.AddHours(-1),
            ValidBefore = now.AddHours(1),
        }.SignAsync(authority, default);
        KnownHosts hosts = Parse($"@cert-authority *.example {authority.PublicKey}\n");
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("host.example", 22, certificate, now: now).Status);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("host.example", 2222, certificate, now: now.AddHours(1)).Status);
        Assert.Contains("expired", hosts.Check("host.example", 22, certificate, now: now.AddHours(1)).Problem!, StringComparison.Ordinal);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("other.example", 22, certificate, now: now).Status);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("host.test", 22, certificate, now: now).Status);

        Assert.Equal(HostKeyStatus.Trusted, Parse($"host.test {Key}\n").Check("host.test", 22, certificate, now: now).Status);
        KnownHosts revoked = Parse($"@cert-authority *.example {authority.PublicKey}\n@revoked * {authority.PublicKey}\n");
        Assert.Equal(HostKeyStatus.Revoked, revoked.Check("host.example", 22, certificate, now: now).Status);
        Assert.Contains("ssh-ed25519-cert-v01@openssh.com", hosts.AlgorithmsFor("host.example", 22));
    }

    [Fact]
    public void Algorithms_are_those_of_the_known_keys()
    {
        KnownHosts hosts = Parse($"host {Rsa}\nhost {Key}\nhost {Other}\n[host]:2222 {Key}\n");
        Assert.Equal(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"], hosts.AlgorithmsFor("host", 22));
        Assert.Equal(["ssh-ed25519"], hosts.AlgorithmsFor("HOST", 2222));
        Assert.Equal(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"], hosts.AlgorithmsFor("host", 2223));
        Assert.Empty(hosts.AlgorithmsFor("other", 22));
    }

    [Fact]
    public void Names_hashed_by_ssh_keygen_are_found()
    {
        using var folder = new TempFolder();
        folder.Write("known_hosts", $"host.example {Key}\n[host.example]:2222,192.0.2.1 {Other}\n");
        folder.Run("ssh-keygen", "-H", "-f", folder["known_hosts"]);
        Assert.DoesNotContain("host.example", folder.ReadText("known_hosts"), StringComparison.Ordinal);
        KnownHosts hosts = new KnownHostsFiles([folder["known_hosts"]]).Current;
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("HOST.example", 22, Key).Status);
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("host.example", 2222, Other).Status);
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("192.0.2.1", 22, Other).Status);
        Assert.Equal(HostKeyStatus.Unknown, hosts.Check("other.example", 22, Key).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_we_add_is_found_by_ssh_keygen(bool hashed)
    {
        using var folder = new TempFolder();
        folder.Write("known_hosts", $"other.example {Other}");
        Assert.Equal(HostKeyStatus.Trusted, (await KnownHostsFiles.AddAsync(folder["known_hosts"], "Host.example", 2222, Key, hashed)).Status);
        Assert.Contains(Key.ToString(), folder.Run("ssh-keygen", "-F", "[host.example]:2222", "-f", folder["known_hosts"]), StringComparison.Ordinal);
        Assert.Contains(Other.ToString(), folder.Run("ssh-keygen", "-F", "other.example", "-f", folder["known_hosts"]), StringComparison.Ordinal);
        Assert.Equal(hashed, !folder.ReadText("known_hosts").Contains("host.example]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Adding_yields_to_what_stands_there_already()
    {
        using var folder = new TempFolder();
        string path = folder["known_hosts"];
        Assert.Equal(HostKeyStatus.Trusted, (await KnownHostsFiles.AddAsync(path, "host", 22, Key)).Status);
        Assert.Equal(HostKeyStatus.Trusted, (await KnownHostsFiles.AddAsync(path, "host", 22, Key)).Status);
        Assert.Equal(HostKeyStatus.Mismatch, (await KnownHostsFiles.AddAsync(path, "host", 22, Other)).Status);
        Assert.Equal(HostKeyStatus.Unknown, (await KnownHostsFiles.AddAsync(path, "host", 22, Rsa)).Status);
        Assert.Equal($"host {Key}\n", folder.ReadText("known_hosts"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        await Assert.ThrowsAsync<ArgumentException>(async () => await KnownHostsFiles.AddAsync(path, "a,b", 22, Key));
        await Assert.ThrowsAsync<ArgumentException>(async () => await KnownHostsFiles.AddAsync(path, "a\nb", 22, Key));
    }

    [Fact]
    public async Task Many_writers_lose_nothing_and_write_each_host_once()
    {
        using var folder = new TempFolder();
        string path = folder["known_hosts"];
        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(async () => await KnownHostsFiles.AddAsync(path, $"host{n % 10}", 22, Key))));
        var problems = new List<LineProblem>();
        Assert.Equal(10, KnownHosts.Parse(path, folder.Read("known_hosts"), problems).Count);
        Assert.Empty(problems);
    }

    [Fact]
    public void A_changed_file_is_read_again_and_a_missing_one_is_empty()
    {
        using var folder = new TempFolder();
        var reported = new List<string>();
        var files = new KnownHostsFiles([folder["a"], folder["b"]]) { ProblemFound = (file, problem) => reported.Add($"{file}:{problem.Line}") };
        Assert.Equal(0, files.Current.Count);
        folder.Write("b", $"host {Key}\nrubbish\n");
        Assert.Equal(HostKeyStatus.Trusted, files.Current.Check("host", 22, Key).Status);
        Assert.Same(files.Current, files.Current);
        Assert.Equal([folder["b"] + ":2"], reported);
        folder.Write("a", $"@revoked host {Key}\n");
        Assert.Equal(HostKeyStatus.Revoked, files.Current.Check("host", 22, Key).Status);
        File.Delete(folder["a"]);
        Assert.Equal(HostKeyStatus.Trusted, files.Current.Check("host", 22, Key).Status);
    }

    [Fact]
    public void Bad_lines_are_skipped_and_reported()
    {
        string file = $"host\nhost ssh-ed25519\nhost ssh-rsa {Key.ToString().Split(' ')[1]}\n@unknown host {Key}\n|1|AAAA|AAAA {Key}\n|2|x {Key}\n"
            + $"host ssh-dss AAAA\n{new string('x', 100 * 1024)} {Key}\nhost {Key}\n@revoked\n";
        var problems = new List<LineProblem>();
        KnownHosts hosts = KnownHosts.Parse("file", Encoding.UTF8.GetBytes(file), problems);
        Assert.Equal(1, hosts.Count);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 10], problems.Select(problem => problem.Line));
        Assert.Equal(HostKeyStatus.Trusted, hosts.Check("host", 22, Key).Status);
    }

    [Fact]
    public void A_file_truncated_at_any_byte_or_random_never_throws()
    {
        byte[] file = Encoding.UTF8.GetBytes($"@revoked {KnownHostsLine.HashName("host"u8)} {Key}\n@cert-authority *,!x {Other}\n");
        for (int length = 0; length < file.Length; length++) KnownHosts.Parse("file", file.AsSpan(0, length)).Check("host", 22, Key);
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] damaged = [.. file];
            for (int n = 0; n < 3; n++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            KnownHosts.Parse("file", damaged).Check("host", 22, Key);
        }
    }

    private static KnownHosts Parse(string file) => KnownHosts.Parse("file", Encoding.UTF8.GetBytes(file));
}
