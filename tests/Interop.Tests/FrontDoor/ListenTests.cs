using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.FrontDoor;

/// <summary>The addresses of all routes are listened on, and each has its own settings.</summary>
public sealed class ListenTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayFact]
    public async Task Without_listen_every_source_of_this_machine_is_bound_and_leads_to_its_route()
    {
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText));
        int port = options.Port;
        int other = LoopbackPort.Free();
        options = options with
        {
            ExtraLines = $$"""
                overrides:
                  - match: [{sources: ["127.0.0.1:{{port}}"]}]
                    force_command: echo first
                  - match: [{sources: ["127.0.0.[2-3]:{{port}}", "localhost:{{other}}"]}]
                    force_command: echo second
                  - match: [{sources: ["[::1]:{{port}}"]}]
                    force_command: echo third
                  - match: [{sources: ["192.0.2.250:{{port}}"]}]
                    force_command: echo elsewhere

                """,
            Listens = false,
        };
        GatewayProcess gateway = await bed.StartGatewayAsync(options);
        await gateway.WaitForLogAsync($"sources that are no addresses of this machine are not listened on: 192.0.2.250:{port}");
        foreach ((string host, int at, string expected) in ((string, int, string)[])[
            ("127.0.0.1", port, "first"), ("127.0.0.2", port, "second"), ("127.0.0.3", port, "second"), ("127.0.0.1", other, "second"), ("::1", port, "third")])
        {
            Route route = new(bed.Folder, $"l{host.Replace(':', '_')}-{at}", at, bed.UserKey, []);
            ProcessResult result = await route.SshAsync("-o", $"HostName={host}", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "target", "echo asked");
            Assert.True(result.OutputText == expected + "\n", $"{host}:{at}: {result}\n{gateway.LogTail()}");
        }
    }
}
