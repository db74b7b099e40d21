using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.FrontDoor;

/// <summary>What a running gateway writes, and what it does not.</summary>
public sealed class LogTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayFact]
    public async Task A_user_has_a_file_of_his_own_with_his_transferred_bytes()
    {
        string folder = bed.Folder["userlogs"];
        (GatewayProcess gateway, Route route) = await StartAsync("userlog", options => options with { Log = folder + "/{user}/{user}.log", ExtraLines = "log_stats_interval: 1s\n" });
        await using ChildProcess ssh = route.StartSsh("target", "echo 12345; cat");
        await ssh.ReadUntilAsync("12345\n");
        string file = Path.Combine(folder, Environment.UserName, Environment.UserName + ".log");
        await Eventually.BecomesTrueAsync(
            () => File.Exists(file) && File.ReadAllText(file).Contains("0 bytes from the client, 6 bytes from the destination so far", StringComparison.Ordinal), "transferred bytes are logged");
        ssh.CloseInput();
        Assert.Equal(0, (await ssh.CompleteAsync()).ExitStatus);
        await Eventually.BecomesTrueAsync(() => File.ReadAllText(file).Contains(" ended after ", StringComparison.Ordinal), "the end is logged");
        string log = File.ReadAllText(file);
        Assert.Contains(" Accepted publickey for ", log, StringComparison.Ordinal);
        Assert.Contains(" Accepted publickey for ", gateway.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain(" ended after ", gateway.LogText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task Failed_logins_read_as_sshd_s_and_probes_are_no_lines()
    {
        string log = bed.Folder["failures.log"];
        KeyPair unlisted = await KeyPair.GenerateAsync(bed.Folder, "keys/unlisted");
        (GatewayProcess gateway, _) = await StartAsync("failures", options => options with { Log = log });
        Route route = new(bed.Folder, "stranger", gateway.Port, unlisted, bed.GatewayHostKeys.Select(key => key.PublicText));
        Assert.NotNull(await LoopbackPort.ReadIdentificationAsync(gateway.Port, CancellationToken.None));
        Assert.Equal(255, (await route.SshAsync("target", "true")).ExitStatus);
        Assert.Equal(255, (await route.SshAsync("-l", "nobody-of-that-name", "target", "true")).ExitStatus);
        await Eventually.BecomesTrueAsync(
            () => File.ReadAllText(log).Contains(" Connection closed by invalid user nobody-of-that-name 127.0.0.1 port ", StringComparison.Ordinal), "the second login is logged");
        string[] lines = [.. File.ReadAllLines(log).Where(line => !line.Contains(" debug ", StringComparison.Ordinal))];
        Assert.Contains(lines, line => line.Contains($" Connection closed by authenticating user {Environment.UserName} 127.0.0.1 port ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("Connection closed by 127.0.0.1", StringComparison.Ordinal));
        if (!File.Exists("/usr/bin/fail2ban-regex")) return;
        // Keys that are not listed are no failures to the filter: clients offer several. Names that nobody has are.
        ProcessResult found = await ChildProcess.RunAsync("fail2ban-regex", ["-o", "row", log, "/etc/fail2ban/filter.d/sshd.conf"]);
        Assert.Contains("nobody-of-that-name", Assert.Single(found.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task Who_fails_is_refused_for_a_while_and_others_are_not()
    {
        KeyPair unlisted = await KeyPair.GenerateAsync(bed.Folder, "keys/unlisted2");
        (GatewayProcess gateway, Route route) = await StartAsync(
            "penalty", options => options with { ExtraLines = "limits: {penalties: {auth_fail: 300s, no_auth: 0, exempt: []}}\n" });
        Route stranger = new(bed.Folder, "penalised", gateway.Port, unlisted, bed.GatewayHostKeys.Select(key => key.PublicText));
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
        Assert.Contains("Permission denied", (await stranger.SshAsync("target", "true")).ErrorText, StringComparison.Ordinal);
        await gateway.WaitForLogAsync("127.0.0.1 is penalised for 300 s: failed authentication");
        ProcessResult refused = await route.SshAsync("target", "echo never");
        Assert.Equal((255, ""), (refused.ExitStatus, refused.OutputText));
        await gateway.WaitForLogAsync("refused: penalised for another");
        Assert.Equal("fine\n", (await route.SshAsync("-b", "127.0.0.2", "target", "echo fine")).OutputText);
    }

    private async Task<(GatewayProcess Gateway, Route Route)> StartAsync(string name, Func<GatewayOptions, GatewayOptions> change)
    {
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText));
        GatewayProcess gateway = await bed.StartGatewayAsync(change(options));
        return (gateway, bed.RouteThrough(gateway, name));
    }
}
