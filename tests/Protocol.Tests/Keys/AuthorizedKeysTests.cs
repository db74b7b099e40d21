using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class AuthorizedKeysTests
{
    private static readonly PublicKey Key = TestKeys.Ed25519.PublicKey;
    private static readonly PublicKey Other = TestKeys.Get("ed25519", number: 1).PublicKey;

    [Fact]
    public void A_key_is_found_with_its_line_options_and_comment()
    {
        string file = $"# comment\n\n{Other} other\r\n \trestrict,command=\"echo \\\"a b\\\", c\" {Key} me at home \n";
        AuthorizedKeyEntry entry = Assert.Single(Find(file, Key));
        Assert.Equal(4, entry.Line);
        Assert.Equal(Key, entry.Key);
        Assert.Equal("me at home", entry.Comment);
        Assert.Equal("echo \"a b\", c", entry.Options.Command);
        Assert.True(entry.Options.Restrict);
        Assert.Equal("restrict,command=\"echo \\\"a b\\\", c\"", entry.Options.Text);
        Assert.Empty(Find(file, TestKeys.Rsa.PublicKey));
        Assert.Equal(2, Parse(file).Count);
    }

    [Fact]
    public void Every_line_of_the_key_is_returned_in_order()
    {
        string file = $"from=\"10.0.0.0/8\" {Key}\nfrom=\"192.0.2.1\" {Key}\n{Key}";
        Assert.Equal([1, 2, 3], Find(file, Key).Select(entry => entry.Line));
    }

    [Fact]
    public void An_authority_is_no_key_and_a_key_no_authority()
    {
        string file = $"cert-authority,principals=\"a,b\" {Key}\n{Other}\n";
        Assert.Empty(Find(file, Key));
        Assert.Equal(["a", "b"], Assert.Single(AuthorizedKeys.FindAuthority(Bytes(file), Key)).Options.Principals);
        Assert.Empty(AuthorizedKeys.FindAuthority(Bytes(file), Other));
    }

    [Fact]
    public void Flags_apply_from_left_to_right()
    {
        AuthorizedKeyOptions o = Options("restrict,pty,X11-Forwarding");
        Assert.True(o is { Restrict: true, PermitPty: true, PermitX11Forwarding: true });
        Assert.False(o.PermitAgentForwarding || o.PermitPortForwarding || o.PermitUserRc);
        o = Options("pty,restrict");
        Assert.False(o.PermitPty);
        o = Options("no-pty,no-agent-forwarding,no-port-forwarding,no-X11-forwarding,no-user-rc");
        Assert.False(o.PermitPty || o.PermitAgentForwarding || o.PermitPortForwarding || o.PermitX11Forwarding || o.PermitUserRc);
        o = AuthorizedKeyOptions.None;
        Assert.True(o is { PermitPty: true, PermitAgentForwarding: true, PermitPortForwarding: true, PermitX11Forwarding: true, PermitUserRc: true });
    }

    [Fact]
    public void Options_with_values_are_read()
    {
        AuthorizedKeyOptions o = Options(
            "environment=\"A=1\",environment=\"B=x=y\",environment=\"A=2\",permitopen=\"host:80\",permitopen=\"[::1]:*\","
            + "permitlisten=\"8080\",permitlisten=\"localhost:1\",tunnel=\"3\",verify-required,no-touch-required,expiry-time=\"20300102\","
            + "expiry-time=\"203001020304Z\"");
        Assert.Equal([new("A", "1"), new("B", "x=y")], o.Environment);
        Assert.Equal([new ForwardTarget("host", 80), new ForwardTarget("::1", ForwardTarget.AnyPort)], o.PermitOpen);
        Assert.Equal([new ForwardTarget("", 8080), new ForwardTarget("localhost", 1)], o.PermitListen);
        Assert.Equal(3, o.Tunnel);
        Assert.True(o is { VerifyRequired: true, NoTouchRequired: true });
        Assert.Equal(AuthorizedKeyOptions.AnyTunnelDevice, Options("tunnel=\"any\"").Tunnel);
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero), Options("expiry-time=\"20300102030405Z\"").ExpiryTime);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("command")]
    [InlineData("command=echo")]
    [InlineData("command=\"echo")]
    [InlineData("command=\"a\",command=\"b\"")]
    [InlineData("pty=\"x\"")]
    [InlineData("pty,")]
    [InlineData(",")]
    [InlineData("pty;restrict")]
    [InlineData("from=\"10.0.0.1/8\"")]
    [InlineData("from=\"\"")]
    [InlineData("permitopen=\"host\"")]
    [InlineData("permitopen=\"host:0\"")]
    [InlineData("permitopen=\"host:65536\"")]
    [InlineData("permitopen=\"::1:80\"")]
    [InlineData("permitlisten=\"x\"")]
    [InlineData("environment=\"=x\"")]
    [InlineData("environment=\"A-B=x\"")]
    [InlineData("tunnel=\"x\"")]
    [InlineData("expiry-time=\"2030\"")]
    [InlineData("expiry-time=\"20301301\"")]
    [InlineData("principals=\"\"")]
    public void A_line_with_bad_options_is_skipped_and_reported(string options)
    {
        var problems = new List<LineProblem>();
        string file = $"{options} {Key}\n{Other}\n";
        Assert.Empty(AuthorizedKeys.Find(Bytes(file), Key, problems));
        Assert.Equal(1, Assert.Single(problems).Line);
        Assert.Equal(2, Assert.Single(Parse(file)).Line);
    }

    [Fact]
    public void Bad_lines_are_skipped_and_reported()
    {
        string damaged = Key.ToString()[..^8];
        string file = $"ssh-ed25519\nssh-ed25519 !!!\n{damaged}\nssh-dss AAAA\nrubbish\n\"\n{new string('x', 100 * 1024)} {Key}\n{Key}\n";
        var problems = new List<LineProblem>();
        Assert.Equal(8, Assert.Single(AuthorizedKeys.Parse(Bytes(file), problems)).Line);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], problems.Select(problem => problem.Line));
        Assert.All(problems, problem => Assert.NotEmpty(problem.Reason));
        Assert.Equal(8, Assert.Single(Find(file, Key)).Line);
    }

    [Fact]
    public void Text_around_the_key_does_not_pass_for_it()
    {
        string base64 = Key.ToString().Split(' ')[1];
        Assert.Empty(Find($"{Other} {base64}\n", Key));
        Assert.Empty(Find($"{Other} ssh-ed25519 {base64}\n", Key));
        Assert.Empty(Find($"#{Key}\n", Key));
        Assert.Empty(Find($"ssh-rsa {base64}\n", Key));
        Assert.Empty(Find($"ssh-ed25519 {base64}AAAA\n", Key));
        Assert.Empty(Find($"environment=\"A=ssh-ed25519 {base64}\" {Other}\n", Key));
        Assert.Empty(Find($"environment=\"A=ssh-ed25519 {base64} {Other}\n", Key));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", null, true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", null, true)]
    [InlineData("10.0.0.0/8", "11.1.2.3", null, false)]
    [InlineData("10.0.0.0/8,!10.1.2.3", "10.1.2.3", null, false)]
    [InlineData("!10.1.2.3,10.0.0.0/8", "10.1.2.4", null, true)]
    [InlineData("10.1.2.?", "10.1.2.4", null, true)]
    [InlineData("2001:db8::/32", "2001:db8::1", null, true)]
    [InlineData("2001:DB8::1", "2001:db8::1", null, true)]
    [InlineData("*.example.com", "192.0.2.1", "a.Example.com", true)]
    [InlineData("*.example.com", "192.0.2.1", null, false)]
    [InlineData("*,!*.evil.example", "192.0.2.1", "a.evil.example", false)]
    [InlineData("!10.1.2.3", "10.1.2.4", null, false)]
    public void From_allows_what_matches(string list, string address, string? host, bool allowed) =>
        Assert.Equal(allowed, Options($"from=\"{list}\"").From!.Allows(IPAddress.Parse(address), host));

    [Fact]
    public void A_certificates_source_address_takes_networks_only()
    {
        Assert.True(SourceList.TryParseNetworks("10.0.0.0/8,192.0.2.1,::1")!.Allows(IPAddress.Parse("192.0.2.1")));
        Assert.Null(SourceList.TryParseNetworks("*"));
        Assert.Null(SourceList.TryParseNetworks("!10.0.0.0/8"));
        Assert.Null(SourceList.TryParseNetworks("10.0.0.0/8,"));
        Assert.Null(SourceList.TryParseNetworks("host.example.com"));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*b?c", "aXXbYc", true)]
    [InlineData("a*b?c", "aXXbc", false)]
    [InlineData("*a*", "bab", true)]
    [InlineData("", "a", false)]
    [InlineData("ABC", "abc", true)]
    public void Wildcards_match(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Wildcard.Matches<char>(pattern, text));

    [Fact]
    public void Wildcards_agree_with_a_regular_expression() => Check.One(Repeatable, Prop.ForAll<int>(seed =>
    {
        var random = new System.Random(seed);
        string pattern = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "ab*?"[random.Next(4)]));
        string text = string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => "ab"[random.Next(2)]));
        string regex = "^" + pattern.Replace("*", ".*", StringComparison.Ordinal).Replace('?', '.') + "$";
        return Wildcard.Matches<char>(pattern, text) == System.Text.RegularExpressions.Regex.IsMatch(text, regex);
    }));

    [Fact]
    public void A_pattern_of_many_stars_ends()
    {
        string pattern = string.Concat(Enumerable.Repeat("*a", 500)) + "b", text = new('a', 60_000);

        // Backtracking over every star would take longer than the universe is old.
        Assert.False(Wildcard.Matches<char>(pattern, text));
    }

    [Fact]
    public void Random_bytes_never_throw() => Check.One(Repeatable, Prop.ForAll<byte[]>(bytes =>
    {
        byte[] file = bytes ?? [];
        AuthorizedKeys.Parse(file);
        AuthorizedKeys.Find(file, Key);
        AuthorizedKeyOptionsParser.Parse(file, out _);
        return true;
    }));

    [Fact]
    public void A_file_truncated_at_any_byte_holds_the_key_only_when_the_line_is_whole()
    {
        byte[] file = Bytes($"from=\"10.0.0.0/8\",command=\"x\" {Key} c\n");
        int whole = file.Length - 3;
        for (int length = 0; length < file.Length; length++)
            Assert.Equal(length >= whole ? 1 : 0, AuthorizedKeys.Find(file.AsSpan(0, length), Key).Count);
    }

    [Fact]
    public void Looking_for_a_key_does_not_allocate_per_line()
    {
        byte[] small = Bytes(string.Concat(Enumerable.Repeat($"{Other} someone\n", 10)));
        byte[] large = Bytes(string.Concat(Enumerable.Repeat($"{Other} someone\n", 2000)));
        AuthorizedKeys.Find(large, Key);
        long start = GC.GetAllocatedBytesForCurrentThread();
        AuthorizedKeys.Find(small, Key);
        long forSmall = GC.GetAllocatedBytesForCurrentThread() - start;
        start = GC.GetAllocatedBytesForCurrentThread();
        AuthorizedKeys.Find(large, Key);
        Assert.Equal(forSmall, GC.GetAllocatedBytesForCurrentThread() - start);
    }

    private static Config Repeatable => Config.QuickThrowOnFailure.WithReplay(1, 3).WithMaxTest(500);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static IReadOnlyList<AuthorizedKeyEntry> Find(string file, PublicKey key) => AuthorizedKeys.Find(Bytes(file), key);

    private static IReadOnlyList<AuthorizedKeyEntry> Parse(string file) => AuthorizedKeys.Parse(Bytes(file));

    private static AuthorizedKeyOptions Options(string options)
    {
        var problems = new List<LineProblem>();
        IReadOnlyList<AuthorizedKeyEntry> found = AuthorizedKeys.Find(Bytes($"{options} {Key}\n"), Key, problems);
        Assert.True(found.Count == 1, string.Join("; ", problems));
        return found[0].Options;
    }
}
