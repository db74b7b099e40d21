using System.Security.Cryptography;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>Key exchanges in the middle of copies: asked for by the client, by the destination, by both at once.</summary>
public sealed class RekeyTests(RekeyTests.Bed bed) : IClassFixture<RekeyTests.Bed>
{
    private static readonly byte[] Data = SampleData.Random(2 << 20);
    private static readonly string[] ClientLimit = ["-o", "RekeyLimit=64K"];

    public static TheoryData<bool, bool> Legs => new() { { true, false }, { false, true }, { true, true } };

    [Theory]
    [MemberData(nameof(Legs))]
    public async Task Copies_survive_many_key_exchanges(bool byClient, bool byDestination)
    {
        Outcome direct = await CompareAsync(byDestination, async route =>
        {
            string[] options = byClient ? ClientLimit : [];
            ProcessResult both = await route.SshAsync([.. options, "target", "cat; exit 5"], Data);
            string file = Path.Combine(route.NewFolder("rekey"), "file");
            ProcessResult up = await route.SshAsync([.. options, "target", $"cat > {file}"], Data);
            ProcessResult down = await route.SshAsync([.. options, "target", $"cat {file}"]);
            return Outcome.Of("both", Convert.ToHexStringLower(SHA256.HashData(both.Output)))
                .With("status", both.ExitStatus.ToString())
                .With("up ", up)
                .With("file", Outcome.HashOfFile(file))
                .With("down", Convert.ToHexStringLower(SHA256.HashData(down.Output)));
        });
        string hash = Convert.ToHexStringLower(SHA256.HashData(Data));
        Assert.Equal((hash, hash, hash, 5), (direct.Text("both"), direct.Text("file"), direct.Text("down"), direct.Status));
    }

    [Fact]
    public async Task The_client_really_exchanges_keys_again_and_again()
    {
        Outcome direct = await CompareAsync(false, async route =>
        {
            ProcessResult result = await route.SshAsync(["-v", .. ClientLimit, "target", "head -c 1M /dev/zero"]);
            int exchanges = result.ErrorText.Split('\n').Count(line => line.Contains("rekeying in progress", StringComparison.Ordinal) || line.Contains("SSH2_MSG_NEWKEYS received", StringComparison.Ordinal));
            return Outcome.Of("many", (exchanges >= 8).ToString());
        });
        Assert.Equal("True", direct.Text("many"));
    }

    [Theory]
    [MemberData(nameof(Legs))]
    public async Task Small_packets_on_many_channels_survive_too(bool byClient, bool byDestination)
    {
        Outcome direct = await CompareAsync(byDestination, async route =>
        {
            string socket = Path.Combine(route.NewFolder("rm"), "s");
            await using ChildProcess master = ChildProcess.Start(
                "ssh", ["-F", route.ConfigFile, .. byClient ? ClientLimit : [], "-M", "-N", "-S", socket, "target"]);
            await Eventually.BecomesTrueAsync(() => File.Exists(socket) || master.HasExited, "the control socket exists");
            ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(number =>
                route.SshAsync(["-S", socket, "-o", "ProxyCommand=false", "target", $"seq 1 30000 | sed -u s/^/{number}-/; exit {number}"])));
            return results.Aggregate(new Outcome(), (outcome, result) => outcome.With("", result));
        });
        Assert.EndsWith("0-30000\n", direct.Text("stdout"), StringComparison.Ordinal);
    }

    private Task<Outcome> CompareAsync(bool byDestination, Func<Route, Task<Outcome>> scenario) =>
        byDestination ? bed.CompareAsync(scenario) : bed.Plain.CompareAsync(scenario);

    /// <summary>Two destinations: this bed's asks for new keys after 64 KiB, the plain one's never does.</summary>
    public sealed class Bed : TestBed
    {
        internal TestBed Plain { get; } = new();

        internal override IReadOnlyList<string> DestinationLines => ["RekeyLimit 64K"];

        public override async Task InitializeAsync()
        {
            await Plain.InitializeAsync();
            await base.InitializeAsync();
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Plain.DisposeAsync();
        }
    }
}
