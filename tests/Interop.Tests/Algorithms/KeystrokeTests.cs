using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>Clients since OpenSSH 9.5 hide the rhythm of typing behind PINGs (ping@openssh.com), where the server offers them.</summary>
[Collection(ClientMatrixCollection.Name)]
public sealed class KeystrokeTests(ClientMatrixBed bed)
{
    [OpenSsh10Fact]
    public async Task Typing_with_obscured_keystrokes_arrives_as_it_was_typed()
    {
        string log = bed.Folder["keystrokes.log"];
        await using PseudoTerminal terminal = PseudoTerminal.Start(
            OpenSsh10.Ssh, ["-F", bed.Gateway.ConfigFile, "-vvv", "-E", log, "-o", "ObscureKeystrokeTiming=interval:10", "-tt", "target", "stty -echo; echo ready; read line; echo \"<$line>\"; exit 7"]);
        await terminal.WaitForAsync("ready\r\n");
        foreach (char key in "obscured") await terminal.TypeAsync(key.ToString());
        // Enter only once PINGs are under way.
        await Eventually.BecomesTrueAsync(
            () => File.ReadAllText(log).Contains("obfuscate_keystroke_timing: starting", StringComparison.Ordinal), "the client hides its keystrokes");
        await terminal.TypeAsync("\n");
        await terminal.WaitForAsync("<obscured>\r\n");
        Assert.Equal(7, await terminal.WaitForExitAsync());
    }
}
