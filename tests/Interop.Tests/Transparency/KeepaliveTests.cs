using System.Diagnostics;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>
/// Probes of either end every second, two unanswered ones end the connection, and nothing else is sent for five seconds:
/// a session that ends well has had its probes answered.
/// </summary>
public sealed class KeepaliveTests(KeepaliveTests.Bed bed) : IClassFixture<KeepaliveTests.Bed>
{
    private const string Silent = "sleep 5; echo still here; exit 3";

    [Fact]
    public async Task A_silent_session_outlives_the_probes_of_the_client_and_of_the_destination()
    {
        Outcome direct = await bed.CompareAsync(
            async route => route.Outcome(await route.SshAsync("-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2", "target", Silent)),
            together: true);
        Assert.Equal("still here\n", direct.Text("stdout"));
        Assert.Equal(3, direct.Status);
    }

    [Fact]
    public async Task A_connection_without_any_session_outlives_them_too()
    {
        Outcome direct = await bed.CompareAsync(
            async route =>
            {
                string socket = Path.Combine(route.NewFolder("k"), "s");
                await using ChildProcess master = route.StartSsh(
                    "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2", "-M", "-N", "-S", socket, "target");
                await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");
                var age = Stopwatch.StartNew();
                await Eventually.BecomesTrueAsync(() => master.HasExited || age.Elapsed > TimeSpan.FromSeconds(5), "the time of five probes has passed");
                return route.Outcome(await route.SshAsync("-S", socket, "-o", "ProxyCommand=false", "target", "echo here"));
            },
            together: true);
        Assert.Equal("here\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task Probes_of_dropbear_s_client_are_answered()
    {
        // dbclient sends keepalive@openssh.com on the channel where OpenSSH sends a global request.
        Outcome direct = await bed.CompareAsync(
            async route => route.Outcome(await Clients.DropbearClient.RunAsync(bed, route, ["-K", "1"], Silent)), together: true);
        Assert.Equal("still here\n", direct.Text("stdout"));
        Assert.Equal(3, direct.Status);
    }

    [Fact]
    public async Task Probes_of_asyncssh_are_answered()
    {
        Outcome direct = await bed.CompareAsync(
            async route => route.Outcome(await Python.RunClientAsync("asyncssh_keepalive.py", route, Silent)), together: true);
        Assert.Equal("still here\n 3\n", direct.Text("stdout"));
    }

    public sealed class Bed : TestBed
    {
        internal override IReadOnlyList<string> DestinationLines => ["ClientAliveInterval 1", "ClientAliveCountMax 2"];
    }
}
