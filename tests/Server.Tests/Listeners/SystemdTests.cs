using System.Net.Sockets;
using System.Text;
using SshGateway.Server.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class SystemdTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Systemd_is_told_how_the_gateway_is(bool isAbstract)
    {
        string folder = Directory.CreateTempSubdirectory("sgn-").FullName;
        try
        {
            string name = isAbstract ? $"@sshgateway-{Guid.NewGuid():N}" : Path.Combine(folder, "notify");
            using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
            systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
            var time = new ManualTime();
            using var notifier = new SystemdNotifier(name, TimeSpan.FromSeconds(10), time);
            notifier.Ready();
            Assert.StartsWith("READY=1\n", Receive(systemd), StringComparison.Ordinal);
            notifier.Reloading();
            string reloading = Receive(systemd);
            Assert.StartsWith("RELOADING=1\nMONOTONIC_USEC=", reloading, StringComparison.Ordinal);
            notifier.Alive();
            Assert.Equal("WATCHDOG=1", Receive(systemd));
            // At half the interval again, not before.
            time.Advance(4);
            notifier.Alive();
            time.Advance(1);
            notifier.Alive();
            notifier.Stopping(3);
            Assert.Equal("WATCHDOG=1", Receive(systemd));
            Assert.StartsWith("STOPPING=1\n", Receive(systemd), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Without_systemd_nothing_is_said_and_nothing_fails()
    {
        foreach (string? path in (string?[])[null, "", "/nonexistent/notify"])
        {
            using var notifier = new SystemdNotifier(path, TimeSpan.Zero, TimeProvider.System);
            notifier.Ready();
            notifier.Alive();
        }
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
