using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class HostKeyTests(TestBed bed)
{
    [GatewayFact]
    public async Task A_client_that_updates_host_keys_learns_all_of_the_gateway_s_and_none_of_the_destination_s()
    {
        (string learned, string error) = await LearnAsync(bed.Gateway, bed.GatewayHostKeys);
        Assert.Equal(
            bed.GatewayHostKeys.Select(key => key.PublicText).Order(StringComparer.Ordinal),
            learned.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(' ') + 1)..]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("signature", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_updates_host_keys_straight_does_the_same()
    {
        // The straight way proves the way of looking: a server with two keys teaches both.
        OpenSshServer two = await bed.StartDestinationAsync([], hostKeys: bed.GatewayHostKeys);
        var route = new Route(bed.Folder, "two", two.Port, bed.UserKey, bed.GatewayHostKeys.Select(key => key.PublicText));
        (string learned, _) = await LearnAsync(route, bed.GatewayHostKeys);
        Assert.Equal(2, learned.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_wrong_host_key_in_known_hosts_stops_the_client()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string wrong = Path.Combine(route.NewFolder("wrong"), "known_hosts");
            File.WriteAllText(wrong, $"[127.0.0.1]:{route.Port} {bed.UserKey.PublicText}\n");
            ProcessResult result = await route.SshAsync("-o", $"UserKnownHostsFile={wrong}", "target", "echo never");
            return Outcome.Of("stdout", result.OutputText).With("status", result.ExitStatus.ToString());
        });
        Assert.Equal(255, direct.Status);
        Assert.Equal("", direct.Text("stdout"));
    }

    /// <summary>Connects knowing the first key only, and waits until the file holds as many as there are.</summary>
    private static async Task<(string KnownHosts, string Error)> LearnAsync(Route route, IReadOnlyList<KeyPair> keys)
    {
        string file = Path.Combine(route.NewFolder("learn"), "known_hosts");
        File.WriteAllText(file, $"[127.0.0.1]:{route.Port} {keys[0].PublicText}\n");
        await using ChildProcess ssh = route.StartSsh(
            "-o", $"UserKnownHostsFile={file}", "-o", "UpdateHostKeys=yes", "-o", "HashKnownHosts=no", "target", "cat");
        await Eventually.BecomesTrueAsync(
            () => ssh.HasExited || File.ReadAllLines(file).Length >= keys.Count, "the client writes the keys it learned");
        ssh.CloseInput();
        ProcessResult result = await ssh.CompleteAsync();
        Assert.Equal(0, result.ExitStatus);
        return (File.ReadAllText(file), result.ErrorText);
    }
}
