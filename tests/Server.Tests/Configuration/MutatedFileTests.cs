using System.Text;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.NodeSets;
using SshGateway.Server.Configuration.Tree;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>Files damaged in every way are either valid or refused with a place; nothing is thrown.</summary>
public sealed class MutatedFileTests
{
    private static readonly LoadServices Services = Loaded.Services with { Groups = () => new GroupResolver("/nonexistent") };

    [Theory]
    [InlineData("yaml", 1)]
    [InlineData("toml", 2)]
    public void Five_thousand_mutations_are_valid_or_refused_with_a_place(string kind, int seed)
    {
        byte[] original = Encoding.UTF8.GetBytes(kind == "yaml" ? Yaml : Toml);
        Random random = new(seed);
        int valid = 0, refused = 0;
        for (int i = 0; i < 5000; i++)
        {
            byte[] mutated = Mutate(random, original);
            ConfigurationResult result = ConfigurationLoader.LoadBytes(mutated, "mutated." + kind, Services);
            if (result.Configuration is not null)
            {
                valid++;
                Assert.Empty(result.Errors);
                Assert.NotNull(result.Configuration.RouteFor("alice", ["staff"], null));
                continue;
            }

            refused++;
            int lines = mutated.Count(b => b is (byte)'\n' or (byte)'\r') + 2;
            Assert.NotEmpty(result.Errors);
            Assert.All(result.Errors, e => Assert.True(e.Line >= 1 && e.Line <= lines * 2 && e.Column >= 1 && e.Message.Length > 0, $"{e}"));
            Assert.DoesNotContain(result.Errors, e => e.Message.Any(char.IsControl));
        }

        Assert.InRange(valid, 50, 4950);
        Assert.InRange(refused, 50, 4950);
    }

    [Theory]
    [InlineData("yaml")]
    [InlineData("toml")]
    public void A_file_cut_anywhere_is_valid_or_refused_with_a_place(string kind)
    {
        string text = kind == "yaml" ? Yaml : Toml;
        for (int length = 0; length < text.Length; length++)
        {
            ConfigurationResult result = ConfigurationLoader.LoadText(text[..length], "cut." + kind, Services);
            Assert.NotEqual(result.Configuration is null, result.Errors.Count == 0);
            Assert.All(result.Errors, e => Assert.True(e.Line >= 1 && e.Column >= 1, $"{length}: {e}"));
        }
    }

    [Theory]
    [InlineData("[", 200_000, "yaml")]
    [InlineData("{a: ", 100_000, "yaml")]
    [InlineData("- ", 100_000, "yaml")]
    [InlineData("? ", 100_000, "yaml")]
    [InlineData("a: &a [*a, *a]\n", 1000, "yaml")]
    [InlineData("a = [", 1, "toml")]
    [InlineData("a.", 100_000, "toml")]
    [InlineData("[[a]]\n", 50_000, "toml")]
    [InlineData("a = {b", 50_000, "toml")]
    public void Repetition_is_refused_and_ends_nothing(string piece, int count, string kind)
    {
        ConfigurationResult result = ConfigurationLoader.LoadText(string.Concat(Enumerable.Repeat(piece, count)), "deep." + kind, Services);
        Assert.NotEmpty(result.Errors);
        Assert.True(result.Errors.Count <= 101);
    }

    [Fact]
    public void Deep_lists_in_toml_are_refused()
    {
        ConfigurationResult result = ConfigurationLoader.LoadText("a = " + new string('[', 100_000), "deep.toml", Services);
        Assert.Contains("nested more than 64 deep", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        StringBuilder text = new("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) text.Append($"b{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n");
        ConfigurationResult result = ConfigurationLoader.LoadText(text.ToString(), "laughs.yaml", Services);
        Assert.Contains("aliases are counted each time", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_and_merge_keys_are_understood()
    {
        GatewayConfiguration configuration = Loaded.Yaml("environment: &e {A: 1, B: 2}\noverrides: [{match: [{}], environment: {<<: *e, B: 3}}]\n");
        Assert.Equal("1 3", string.Join(' ', configuration.RouteFor("u", [], null).Environment.Values));
        Assert.Throws<ConfigSyntaxException>(() => YamlTree.Read("a: {<<: x}", "f"));
    }

    private static byte[] Mutate(Random random, byte[] original)
    {
        List<byte> bytes = [.. original];
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, "[]{}:,'\"\n-#&*!|>@%=.x9 \t"u8.ToArray().Skip(random.Next(20)).Take(random.Next(1, 3)));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count / 2), random.Next(1, 60)));
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(random.Next().ToString()));
                    break;
                case 5:
                    bytes[at] = (byte)(bytes[at] ^ (1 << random.Next(7)));
                    break;
                default:
                    if (char.IsAsciiLetter((char)bytes[at])) bytes[at] = (byte)('a' + random.Next(26));
                    break;
            }

            if (bytes.Count == 0) bytes.Add((byte)'\n');
        }

        return [.. bytes];
    }

    private const string Yaml = """
        # site
        listen: ["127.0.0.1:2222", "[::1]:2222"]
        host_keys: [/etc/k1, "agent:/run/a"]
        state: {database: "sqlite:{state_dir}/s.db", lease: 15s}
        auth: &auth
          methods: [publickey+keyboard-interactive, password]
        limits: {max_startups: 10:30:100, penalties: {auth_fail: 5s}, rekey: "1G 1h"}
        check_interval: 2m30s
        error_banner: |
          sorry,
          try again
        environment: {XAUTHORITY: "/tmp/.X_{user}", ESC: "a\tb\u00e4"}
        dest: ["n[01-16]:22", 'r[1-2]n[1-9/2]!r1n3', host]
        route_select: connections
        ssh: {args: [-q, -Y, -o, ServerAliveInterval=30]}
        permit: {local_forward: ["10.0.0.0/8:*", "!*:25"], x11: false}
        overrides:
          - match: [{users: [alice], sources: ["192.0.2.1:22"]}, {groups: [staff]}]
            service: two
            destination: {user: "{user}", connect_timeout: 2s, keepalive: 15s x 3}
            translate_commands: {internal-sftp: {ssh_args: [-s], command: sftp}}
        """;

    private const string Toml = """"
        # site
        listen = ["127.0.0.1:2222", "[::1]:2222"]
        host_keys = ['/etc/k1', "agent:/run/a"]
        check_interval = "2m30s"
        error_banner = """
        sorry, \
          try again"""
        dest = ["n[01-16]:22", 'r[1-2]n[1-9/2]!r1n3', "host"]
        max_connections_per_user = 1_0
        debug = false
        environment.XAUTHORITY = "/tmp/.X_{user}"
        environment."ESC" = "a\tb\u00e4"

        [state]
        database = "sqlite:{state_dir}/s.db"

        [limits]
        max_startups = "10:30:100"
        penalties = { auth_fail = "5s" }

        [[overrides]]
        match = [{ users = ["alice"], sources = ["192.0.2.1:22"] }, { groups = ["staff"] }]
        service = "two"

        [overrides.destination]
        connect_timeout = "2s"
        """";
}
