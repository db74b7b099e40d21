using System.Net.Sockets;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A private ssh-agent.</summary>
internal sealed class SshAgent : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private SshAgent(ChildProcess process, string socket)
    {
        _process = process;
        Socket = socket;
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SSH_AUTH_SOCK"] = socket };
    }

    public string Socket { get; }

    /// <summary>For its clients.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <param name="socket">Path that does not exist yet.</param>
    public static async Task<SshAgent> StartAsync(string socket)
    {
        ChildProcess process = ChildProcess.Start("ssh-agent", ["-D", "-a", socket]);
        (await EchoServer.ConnectAsync(new UnixDomainSocketEndPoint(socket))).Dispose();
        return new SshAgent(process, socket);
    }

    public Task<ProcessResult> AddAsync(params string[] arguments) =>
        ChildProcess.RunAsync("ssh-add", ["-q", .. arguments], environment: Environment);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
