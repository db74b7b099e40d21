using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class EnvironmentTests(TestBed bed)
{
    [Fact]
    public async Task Variables_of_the_client_arrive_with_their_values()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LC_ODD"] = "a b=c;d\"'$HOME\\ Grüße",
            ["LC_EMPTY"] = "",
            ["LC_LONG"] = new string('v', 5000),
            ["LC_LINES"] = "one\ntwo",
        };
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(
            ["-o", "SendEnv=LC_*", "-o", "SetEnv=SET_HERE=\"by option\"", "target", "printf '%s|' \"$LC_ODD\" \"$LC_EMPTY\" \"$LC_LONG\" \"$LC_LINES\" \"$SET_HERE\""],
            environment: environment)));
        Assert.Equal($"{environment["LC_ODD"]}||{environment["LC_LONG"]}|{environment["LC_LINES"]}|by option|", direct.Text("stdout"));
    }

    [Fact]
    public async Task The_environment_holds_nothing_more_than_on_the_straight_way()
    {
        // The client's address is the gateway's own there; both are 127.0.0.1, only the ports differ.
        const string Command = "env | grep -v -e ^SSH_C -e ^_= | sort";
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", Command)));
        Assert.Contains("HOME=", direct.Text("stdout"), StringComparison.Ordinal);
    }
}
