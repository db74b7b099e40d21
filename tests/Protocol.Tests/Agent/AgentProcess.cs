using System.Diagnostics;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;

namespace SshGateway.Protocol.Tests.Agent;

/// <summary>A real ssh-agent with a socket in a temporary folder.</summary>
internal sealed class AgentProcess : IDisposable
{
    private readonly Process _process;

    public AgentProcess()
    {
        SocketPath = Folder["agent"];
        var start = new ProcessStartInfo("ssh-agent", ["-D", "-a", SocketPath]) { UseShellExecute = false, RedirectStandardOutput = true };
        _process = Process.Start(start)!;

        // It prints its variables once it listens.
        _process.StandardOutput.ReadLine();
    }

    public TempFolder Folder { get; } = new();

    public string SocketPath { get; }

    public void Add(PrivateKey key, string comment, params string[] options)
    {
        Folder.Write("key", key.ToOpenSshFile(comment));
        Folder.Run("env", ["SSH_AUTH_SOCK=" + SocketPath, "ssh-add", "-q", .. options, Folder["key"]]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Folder.Dispose();
    }
}
