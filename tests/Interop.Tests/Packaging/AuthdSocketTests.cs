using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>The helper on a socket that systemd has opened: a listening one, and a connection that was accepted (template unit).</summary>
public sealed class AuthdSocketTests
{
    // What systemd does, with Accept=no and Accept=yes.
    private const string Launcher = """
        import os, socket, sys
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(sys.argv[1])
        listener.listen()
        handed = listener.accept()[0] if sys.argv[2] == 'accept' else listener
        os.dup2(handed.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ['LISTEN_PID'] = str(os.getpid())
        os.environ['LISTEN_FDS'] = '1'
        os.execvp(sys.argv[3], sys.argv[3:])
        """;

    [NeedsFact("python3", "root")]
    public async Task A_listening_socket_serves_until_the_end_and_stays()
    {
        using var folder = new TemporaryFolder();
        await using ChildProcess helper = Start(folder, "listen");
        await ConnectAsync(folder["socket"]);
        await ConnectAsync(folder["socket"]);
        helper.Signal(NativeMethods.SignalTerminate);
        Assert.Equal(0, await helper.WaitForExitAsync());
        Assert.True(File.Exists(folder["socket"]));
    }

    [NeedsFact("python3", "root")]
    public async Task A_connection_is_served_and_then_the_helper_ends()
    {
        using var folder = new TemporaryFolder();
        await using ChildProcess helper = Start(folder, "accept");
        await ConnectAsync(folder["socket"]);
        Assert.Equal(0, await helper.WaitForExitAsync());
    }

    private static ChildProcess Start(TemporaryFolder folder, string kind)
    {
        string configuration = folder.Write("sshgateway.yaml", "dest: [localhost]\nrun_as: root\n", secret: true);
        (string program, string[] arguments) = GatewayProcess.Program();
        return ChildProcess.Start("python3", ["-c", Launcher, folder["socket"], kind, program, .. arguments, "authd", "-c", configuration]);
    }

    private static async Task ConnectAsync(string socket)
    {
        await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the socket");
        using var patience = new CancellationTokenSource(Eventually.Patience);
        await using HelperClient client = await OpenAsync(socket, patience.Token);
        Assert.NotEmpty(client.Version);
    }

    // The socket is bound a moment before it listens.
    private static async Task<HelperClient> OpenAsync(string socket, CancellationToken patience)
    {
        HelperClient? client = null;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    client = await HelperClient.OpenAsync(socket, new Dictionary<PrivilegedTask, string>(), null, patience);
                    return true;
                }
                catch (PrivilegedHelperException e) when (e.InnerException is System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            "the helper answers");
        return client!;
    }
}
