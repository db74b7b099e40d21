using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class DisconnectTests(TestBed bed)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_killed_in_mid_output_leaves_no_process_behind(bool terminal)
    {
        await bed.CompareAsync(async route =>
        {
            string file = Path.Combine(route.NewFolder("killed"), "pid");
            string command = $"echo $$ > {file}; mv {file} {file}.written; exec yes";
            string[] arguments = terminal ? ["-tt", "target", command] : ["target", command];
            await using (ChildProcess ssh = route.StartSsh(arguments))
            {
                await ssh.ReadUntilAsync("y\n".ReplaceLineEndings(terminal ? "\r\n" : "\n"));
                ssh.Signal(NativeMethods.SignalKill);
                await ssh.WaitForExitAsync();
            }

            string process = File.ReadAllText(file + ".written").Trim();
            await Eventually.BecomesTrueAsync(() => !Directory.Exists($"/proc/{process}"), $"the destination's process {process} is gone");
            return Outcome.Of("gone", "yes");
        });
    }

    [Fact]
    public async Task A_destination_that_dies_ends_the_client()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using ChildProcess ssh = route.StartSsh("target", "echo ready; read line; kill -9 $PPID; cat");
            await ssh.ReadUntilAsync("ready\n");
            await ssh.WriteAsync("now\n");
            ProcessResult result = await ssh.CompleteAsync();
            return Outcome.Of("stdout", result.OutputText).With("status", result.ExitStatus.ToString());
        });
        Assert.Equal(255, direct.Status);
    }

    [Fact]
    public async Task A_background_process_that_keeps_the_output_open_keeps_the_session_open()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.SshAsync("target", "(sleep 0.7; echo late) & echo early; exit 3")));
        Assert.Equal("early\nlate\n", direct.Text("stdout"));
        Assert.Equal(3, direct.Status);
    }
}
