using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>A socket that behaves like an X server for the length of a connection's set-up: it checks the cookie and answers.</summary>
[Collection(ForwardCollection.Name)]
public sealed class X11Tests(TestBed bed)
{
    private const string Cookie = "00112233445566778899aabbccddeeff";

    [Theory]
    [InlineData("-Y", false)]
    [InlineData("-Y", true)]
    public async Task An_X_connection_arrives_with_the_real_cookie(string option, bool throughControlSocket)
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string folder = route.NewFolder("x");
            using TcpListener server = FreeDisplay(out int display);
            Task<string> serving = Task.Run(() => ServeAsync(server));
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["DISPLAY"] = $"127.0.0.1:{display}",
                ["XAUTHORITY"] = Path.Combine(folder, "xauthority"),
            };
            (await ChildProcess.RunAsync("xauth", ["-q", "add", environment["DISPLAY"], ".", Cookie], environment: environment)).Succeeded();
            string command = $"/usr/bin/python3 {Path.Combine(AppContext.BaseDirectory, "Scripts/x11_client.py")}";
            if (!throughControlSocket)
            {
                ProcessResult result = await route.SshAsync([option, "target", command], environment: environment);
                return route.Outcome(result).With("seen", await SeenAsync(serving, result));
            }

            // A second session of the same connection asks for X11 as well.
            string socket = Path.Combine(folder, "s");
            await using ChildProcess master = ChildProcess.Start("ssh", ["-F", route.ConfigFile, option, "-M", "-N", "-S", socket, "target"], environment);
            await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");
            ProcessResult first = await route.SshAsync([option, "-S", socket, "target", "test -n \"$DISPLAY\""], environment: environment);
            ProcessResult second = await route.SshAsync([option, "-S", socket, "target", command], environment: environment);
            return route.Outcome(second).With("first", first.ExitStatus.ToString()).With("seen", await SeenAsync(serving, second));
        });
        Assert.Equal("welcome\n", direct.Text("stdout"));
        Assert.Equal($"MIT-MAGIC-COOKIE-1 {Cookie} emoclew", direct.Text("seen"));
    }

    private static TcpListener FreeDisplay(out int display)
    {
        for (display = 100; ; display++)
        {
            var listener = new TcpListener(IPAddress.Loopback, 6000 + display);
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException)
            {
                listener.Dispose();
            }
        }
    }

    private static async Task<string> SeenAsync(Task<string> serving, ProcessResult result) =>
        result.ExitStatus == 0 ? await serving.WaitAsync(ChildProcess.DefaultTimeout) : throw new InvalidOperationException(result.ToString());

    private static async Task<string> ServeAsync(TcpListener server)
    {
        using TcpClient client = await server.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        byte[] setup = new byte[12 + 20 + 16];
        await stream.ReadExactlyAsync(setup);
        await stream.WriteAsync("welcome"u8.ToArray());
        byte[] answer = new byte[7];
        await stream.ReadExactlyAsync(answer);
        return $"{Encoding.ASCII.GetString(setup, 12, 18)} {Convert.ToHexStringLower(setup.AsSpan(32))} {Encoding.ASCII.GetString(answer)}";
    }
}
