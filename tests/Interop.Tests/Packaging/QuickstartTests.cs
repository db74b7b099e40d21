using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>quickstart.sh in a copy of the tree as a clone has it, with what build.sh made, so that it need not be built once more.</summary>
public sealed partial class QuickstartTests : IDisposable
{
    private const int VisitorId = 64777;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("git", "ssh")]
    public Task A_session_passes_again_and_again_until_it_is_stopped() => WalkAsync([]);

    [NeedsFact("git", "ssh", "root", "setpriv", "mount namespaces")]
    public Task An_ordinary_user_can_do_it()
    {
        // An account with a shell, as sshd wants it, that is not this machine's.
        string accounts = _folder.Write("passwd", $"{File.ReadAllText("/etc/passwd").TrimEnd()}\nvisitor:x:{VisitorId}:{VisitorId}::/nonexistent:/bin/bash\n");
        return WalkAsync(
            [
                "unshare", "--mount", "sh", "-c", $"mount --bind {accounts} /etc/passwd && exec \"$@\"", "sh",
                "setpriv", $"--reuid={VisitorId}", $"--regid={VisitorId}", "--clear-groups", "env", "HOME=/nonexistent",
            ]);
    }

    private async Task WalkAsync(string[] become)
    {
        string clone = await CloneAsync(become.Length > 0);
        Task<ProcessResult> Run(params string[] arguments) =>
            ChildProcess.RunAsync("env", [.. become, "bash", clone + "/quickstart.sh", .. arguments], folder: clone, timeout: TimeSpan.FromMinutes(5));
        // Its first choice of a port is taken.
        using Socket? taken = TakePort(2222);
        try
        {
            ProcessResult first = await Run();
            Assert.True(first.ExitStatus == 0, first.ToString());
            Assert.Contains("Hello from ", first.OutputText, StringComparison.Ordinal);
            Assert.Contains("A session passes.", first.OutputText, StringComparison.Ordinal);
            Assert.DoesNotContain("ssh -p 2222 ", first.OutputText, StringComparison.Ordinal);
            string port = Port().Match(first.OutputText).Groups[1].Value;
            ProcessResult second = await Run();
            Assert.True(second.ExitStatus == 0, second.ToString());
            Assert.Contains("The gateway of an earlier run is still there.", second.OutputText, StringComparison.Ordinal);
            Assert.Equal(port, Port().Match(second.OutputText).Groups[1].Value);
            Assert.Equal(0, (await Run("status")).ExitStatus);
        }
        finally
        {
            ProcessResult stop = await Run("stop");
            Assert.True(stop.ExitStatus == 0, stop.ToString());
        }

        Assert.NotEqual(0, (await Run("status")).ExitStatus);
    }

    /// <summary>What git knows, and the commands; owned by who is going to use it.</summary>
    private async Task<string> CloneAsync(bool isForVisitor)
    {
        await Repository.BuildAsync();
        string clone = _folder["clone"];
        Directory.CreateDirectory(clone);
        string copy = $"""
            set -e
            git ls-files -zco --exclude-standard | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || cp --parents -a --no-preserve=ownership "$f" {clone}; done' sh
            cp -a --no-preserve=ownership out {clone}/out
            # Newer than every source, as after a build.
            touch {clone}/out/.built
            """;
        (await ChildProcess.RunAsync("sh", ["-c", copy], folder: Repository.Root)).Succeeded();
        if (isForVisitor)
        {
            (await ChildProcess.RunAsync("chown", ["-R", $"{VisitorId}:{VisitorId}", clone])).Succeeded();
            (await ChildProcess.RunAsync("chmod", ["711", _folder.Path])).Succeeded();
        }

        return clone;
    }

    /// <summary>Null when somebody else has it already, which serves as well.</summary>
    private static Socket? TakePort(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    [GeneratedRegex(@"ssh -p (\d+) ")]
    private static partial Regex Port();
}
