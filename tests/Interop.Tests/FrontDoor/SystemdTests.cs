using System.Net.Sockets;
using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.FrontDoor;

/// <summary>The gateway as a service: a socket that systemd listens on, and what it is told.</summary>
public sealed class SystemdTests(TestBed bed) : IClassFixture<TestBed>
{
    // What systemd does for a socket unit: it listens, then becomes the program.
    private const string Launcher = """
        import os, socket, sys
        listener = socket.socket()
        listener.bind(('127.0.0.1', int(sys.argv[1])))
        listener.listen()
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ['LISTEN_PID'] = str(os.getpid())
        os.environ['LISTEN_FDS'] = '1'
        os.execvp(sys.argv[2], sys.argv[2:])
        """;

    [GatewayFact]
    public async Task It_serves_an_inherited_socket_and_says_when_it_is_ready_reloads_and_stops()
    {
        string name = bed.Folder["notify"];
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(name));
        int inherited = LoopbackPort.Free();
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText));
        string state = bed.Folder.NewFolder("service");
        string config = bed.Folder.Write(Path.Combine(Path.GetFileName(state), "sshgateway.yaml"), options.ToYaml(state));
        (string program, string[] arguments) = GatewayProcess.Program();
        await using ServerProcess gateway = await ServerProcess.StartAsync(
            "python3", ["-c", Launcher, $"{inherited}", program, .. arguments, "serve", "-c", config], inherited,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = name, ["WATCHDOG_USEC"] = "2000000" });
        await ReceiveAsync(systemd, "READY=1\n");
        await ReceiveAsync(systemd, "WATCHDOG=1");
        Route route = new(bed.Folder, "inherited", inherited, bed.UserKey, bed.GatewayHostKeys.Select(key => key.PublicText));
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
        // The address of the configuration is the socket unit's business.
        Assert.Null(await LoopbackPort.ReadIdentificationAsync(options.Port, CancellationToken.None));
        gateway.Signal(NativeMethods.SignalHangup);
        await ReceiveAsync(systemd, "RELOADING=1\nMONOTONIC_USEC=");
        await ReceiveAsync(systemd, "READY=1\n");
        gateway.Signal(NativeMethods.SignalTerminate);
        await ReceiveAsync(systemd, "STOPPING=1\n");
        Assert.Equal(0, await gateway.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    private static async Task ReceiveAsync(Socket socket, string begin)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        byte[] buffer = new byte[4096];
        string text;
        do
        {
            text = Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
        }
        while (!text.StartsWith(begin, StringComparison.Ordinal));
    }
}
