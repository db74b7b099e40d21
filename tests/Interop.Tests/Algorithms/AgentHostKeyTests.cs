using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>Host keys that an ssh-agent holds, with certificates from files: their private halves never enter the gateway.</summary>
[Collection(ClientMatrixCollection.Name)]
public sealed class AgentHostKeyTests(ClientMatrixBed bed)
{
    [GatewayFact]
    public async Task Every_host_key_of_an_agent_and_its_certificate_is_served()
    {
        string socket = bed.Folder["host-agent"];
        await using ChildProcess agent = ChildProcess.Start("ssh-agent", ["-D", "-a", socket]);
        await agent.ReadUntilAsync("SSH_AUTH_SOCK");
        foreach (KeyPair key in bed.HostKeys.All)
        {
            // A copy: ssh-add would add the certificate beside the key, too.
            string copy = bed.Folder.Write("agent-key", File.ReadAllText(key.PrivateFile), secret: true);
            (await ChildProcess.RunAsync("ssh-add", ["-q", copy], default, new Dictionary<string, string>(StringComparer.Ordinal) { ["SSH_AUTH_SOCK"] = socket })).Succeeded();
            File.Delete(copy);
        }

        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            bed.Folder,
            bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
            {
                HostKeys = [new KeyPair($"agent:{socket}")],
                ExtraLines = $"host_certificates: [{string.Join(", ", bed.HostKeys.Certificates.Select(file => $"\"{file}\""))}]\n",
            });
        string knownHosts = bed.Folder.Write("agent_known_hosts", bed.HostKeys.KnownHosts($"[127.0.0.1]:{gateway.Port}"));
        var route = new Route(bed.Folder, "agent-hosts", gateway.Port, bed.UserKey, []);
        await MatrixRun.AllAsync(AlgorithmNames.HostKeys, async algorithm =>
        {
            ProcessResult result = await route.SshAsync(
                "-v", "-o", $"HostKeyAlgorithms={algorithm}", "-o", $"UserKnownHostsFile={knownHosts}", "target", "exit 7");
            Assert.True(result.ExitStatus == 7, $"{result}\n{gateway.LogTail()}");
            Assert.Contains($"kex: host key algorithm: {algorithm}\r\n", result.ErrorText, StringComparison.Ordinal);
        });
    }
}
