using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Where a user is led by who he is and where he came to.</summary>
public sealed class OverrideTests(RoutingBed bed) : IClassFixture<RoutingBed>
{
    [GatewayFact]
    public async Task User_group_and_listening_address_lead_to_their_own_pools()
    {
        int secondPort = LoopbackPort.Free();
        (_, Route route) = await bed.StartAsync(
            $"""
            overrides:
              - match: [{"{"}users: [{RoutingBed.OtherUser}]{"}"}]
                dest: ["{bed.Hosts[1]}"]
                service: second
              - match: [{"{"}groups: [{RoutingBed.ThirdUser}]{"}"}]
                dest: ["{bed.Hosts[2]}"]
                service: third
              - match: [{"{"}sources: ["127.0.0.1:{secondPort}"], users: [{Environment.UserName}]{"}"}]
                dest: ["{bed.Hosts[1]}"]
                service: second
            """ + "\n",
            [bed.Hosts[0]],
            options => options with { MorePorts = [secondPort] });
        Assert.Equal(bed.Hosts[0], await RoutingBed.WhereAsync(route));
        Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsAsync(route, RoutingBed.OtherUser));
        Assert.Equal(bed.Hosts[2], await RoutingBed.WhereAsAsync(route, RoutingBed.ThirdUser));
        Route second = bed.RouteTo(secondPort);
        Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsync(second));
        Assert.Equal(bed.Hosts[2], await RoutingBed.WhereAsAsync(second, RoutingBed.ThirdUser));
    }

    [GatewayFact]
    public async Task A_principal_of_the_user_s_certificate_is_a_group()
    {
        KeyPair authority = await KeyPair.GenerateAsync(bed.Folder, "keys/authority");
        KeyPair user = await KeyPair.GenerateAsync(bed.Folder, "keys/certified");
        (await ChildProcess.RunAsync(
            "ssh-keygen", ["-q", "-s", authority.PrivateFile, "-I", "test", "-n", $"{Environment.UserName},operators", user.PublicFile])).Succeeded();
        (_, Route route) = await bed.StartAsync(
            $"""
            overrides:
              - match: [{"{"}groups: ["cert:operators"]{"}"}]
                dest: ["{bed.Hosts[2]}"]
                service: third
            """ + "\n",
            [bed.Hosts[0]],
            options => options with { AuthLines = $"  trusted_user_ca: [\"{authority.PublicFile}\"]\n" });
        Assert.Equal(bed.Hosts[0], await RoutingBed.WhereAsync(route));
        string config = Path.Combine(route.NewFolder("cert"), "ssh_config");
        File.WriteAllText(config, File.ReadAllText(route.ConfigFile).Replace(route.Identity.PrivateFile, user.PrivateFile, StringComparison.Ordinal));
        Assert.Equal(bed.Hosts[2], await RoutingBed.WhereAsync(route, "-F", config));
    }
}
