using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>An sshd pinned to each algorithm behind the gateway: a session proves that the gateway's client side speaks it.</summary>
public sealed class DestinationMatrixTests(DestinationMatrixBed bed) : IClassFixture<DestinationMatrixBed>
{
    private static readonly byte[] Data = SampleData.Random(100_000);

    [GatewayFact]
    public async Task An_sshd_that_speaks_only_this_is_reached()
    {
        // An sshd before 9.3 names both signatures of RSA in its EXT_INFO whatever it accepts: no client would try the second.
        string[] userKeys = [.. AlgorithmNames.UserKeys.Where(name => AlgorithmNames.Plain(name) != "rsa-sha2-256")];
        IReadOnlyList<AlgorithmRow> rows = AlgorithmRow.Pairs(await AlgorithmNames.KnownKexAsync("ssh"), AlgorithmNames.HostKeys, userKeys);
        await MatrixRun.AllAsync(rows, row => bed.WithLaneAsync(lane => RunAsync(lane, row)));
    }

    [OpenSsh10Fact]
    public async Task The_key_exchanges_of_openssh_10_work_with_every_cipher()
    {
        IEnumerable<string> newer = (await AlgorithmNames.KnownKexAsync(OpenSsh10.Ssh)).Except(await AlgorithmNames.KnownKexAsync("ssh"));
        foreach (string kex in newer)
        {
            foreach ((string cipher, string? mac) in AlgorithmNames.Ciphers)
                await RunAsync(bed.Newer!, new AlgorithmRow(kex, cipher, mac, "ssh-ed25519", "ssh-ed25519"));
        }
    }

    [OpenSsh10Fact]
    public async Task Every_key_of_the_gateway_lets_in_to_openssh_10()
    {
        foreach (string userKey in AlgorithmNames.UserKeys)
            await RunAsync(bed.Newer!, new AlgorithmRow("mlkem768x25519-sha256", "aes128-gcm@openssh.com", null, userKey, userKey));
    }

    /// <summary>An sshd as it was ten years ago: only with destination.legacy, and the log says what was used.</summary>
    [GatewayFact]
    public async Task An_old_sshd_is_reached_by_a_legacy_destination_only()
    {
        string[] old =
        [
            "KexAlgorithms=diffie-hellman-group14-sha1", "MACs=hmac-sha1", "HostKeyAlgorithms=ssh-rsa",
            $"AuthorizedKeysFile={bed.UserKeys.For("ssh-ed25519").PublicFile}", "RekeyLimit=64K",
        ];
        foreach (string cipher in (string[])["aes256-cbc", "aes192-cbc", "aes128-cbc"])
        {
            int from = bed.Matrix.Log.Count;
            bed.Legacy.Server.Options = [.. old, $"Ciphers={cipher}"];
            ProcessResult result = await bed.Legacy.Route.SshAsync(["target", "cat; exit 7"], Data);
            Assert.True(result.ExitStatus == 7, $"{result}\n{bed.Legacy.Server.LogTail()}\n{bed.Matrix.LogTail()}");
            Assert.Equal(Data, result.Output);
            await bed.Matrix.WaitForLogAsync(
                $"destination 127.0.0.1:{bed.Legacy.Server.Port} is allowed legacy algorithms; used: diffie-hellman-group14-sha1,ssh-rsa,{cipher},hmac-sha1", from);
        }

        await bed.WithLaneAsync(async lane =>
        {
            int from = bed.Matrix.Log.Count;
            lane.Server.Options = [.. old, "Ciphers=aes128-cbc"];
            ProcessResult refused = await lane.Route.SshAsync("target", "echo never");
            Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
            await bed.Matrix.WaitForLogAsync($"destination 127.0.0.1:{lane.Server.Port} failed: ", from);
        });
    }

    [GatewayFact]
    public async Task A_legacy_destination_that_knows_better_gets_the_best()
    {
        int from = bed.Matrix.Log.Count;
        bed.Legacy.Server.Options = [$"AuthorizedKeysFile={bed.UserKeys.For("ssh-ed25519").PublicFile}"];
        Assert.Equal(0, (await bed.Legacy.Route.SshAsync("target", "true")).ExitStatus);
        await bed.Matrix.WaitForLogAsync($"destination 127.0.0.1:{bed.Legacy.Server.Port} is allowed legacy algorithms; used: none", from);
    }

    private async Task RunAsync(DestinationMatrixBed.Lane lane, AlgorithmRow row)
    {
        int from = bed.Matrix.Log.Count;
        lane.Server.Options = bed.Pin(row);
        ProcessResult result = await lane.Route.SshAsync(["target", "cat; exit 7"], Data);
        Assert.True(result.ExitStatus == 7, $"{result}\n{lane.Server.LogTail()}\n{bed.Matrix.LogTail()}");
        Assert.Equal(Data, result.Output);
        string line = await bed.Matrix.WaitForLogAsync($" destination leg: 127.0.0.1:{lane.Server.Port} ", from);
        bool postQuantum = row.Kex.Contains("mlkem", StringComparison.Ordinal) || row.Kex.Contains("sntrup", StringComparison.Ordinal);
        Assert.Contains($" kex={row.Kex} hostkey={row.HostKey} cipher={row.Cipher} mac={row.Mac} strict=True pq={postQuantum}", line, StringComparison.Ordinal);
        Assert.Equal(AlgorithmNames.IsCertificate(row.UserKey), line.Contains("auth=key ", StringComparison.Ordinal) && line.Split(" kex=")[0].Contains("-cert-v01@openssh.com ", StringComparison.Ordinal));
    }
}
