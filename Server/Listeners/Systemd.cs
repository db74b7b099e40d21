using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SshGateway.Server.Listeners;

/// <summary>Sockets handed over at the start (sd_listen_fds).</summary>
internal static partial class InheritedSockets
{
    private const int FirstDescriptor = 3;
    private const int MaxDescriptors = 256;

    /// <summary>The listening TCP sockets, when they are meant for this process. The variables are taken out of the environment.</summary>
    /// <exception cref="IOException">A descriptor is no listening TCP socket.</exception>
    public static IReadOnlyList<Socket> Take() => [.. Descriptors().Select(descriptor => Open(descriptor, IsTcp, "listening TCP socket"))];

    /// <summary>The one Unix socket of the helper, listening or connected to a gateway; null when nothing was handed over.</summary>
    /// <exception cref="IOException">There are several, or it is another kind of socket.</exception>
    public static Socket? TakeUnix()
    {
        int[] descriptors = Descriptors();
        if (descriptors.Length > 1) throw new IOException($"{descriptors.Length} sockets were handed over, one is expected");
        return descriptors.Length == 0 ? null : Open(descriptors[0], IsUnix, "Unix stream socket");
    }

    /// <summary>Whether a socket listens; otherwise it is a connection that was accepted before.</summary>
    public static bool IsListening(Socket socket) => (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0;

    private static bool IsTcp(Socket socket) => socket.LocalEndPoint is IPEndPoint && IsListening(socket);

    private static bool IsUnix(Socket socket) => socket.AddressFamily == AddressFamily.Unix;

    private static int[] Descriptors()
    {
        string? process = Environment.GetEnvironmentVariable("LISTEN_PID");
        string? count = Environment.GetEnvironmentVariable("LISTEN_FDS");
        foreach (string name in (string[])["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) Environment.SetEnvironmentVariable(name, null);
        if (process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return [];
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > MaxDescriptors) return [];
        return [.. Enumerable.Range(FirstDescriptor, number)];
    }

    private static Socket Open(int descriptor, Func<Socket, bool> isRight, string kind)
    {
        const int setDescriptorFlags = 2;
        const int closeOnExec = 1;
        _ = fcntl(descriptor, setDescriptorFlags, closeOnExec);
        try
        {
            var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
            if (socket.SocketType == SocketType.Stream && isRight(socket)) return socket;
            socket.Dispose();
        }
        catch (SocketException e)
        {
            throw new IOException($"the inherited descriptor {descriptor} is no socket", e);
        }

        throw new IOException($"the inherited descriptor {descriptor} is no {kind}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);
}

/// <summary>Tells systemd how the gateway is (sd_notify). Without systemd it says nothing.</summary>
internal sealed class SystemdNotifier : IDisposable
{
    private readonly Socket? _socket;
    private readonly TimeProvider _time;
    private long _lastAlive;

    public SystemdNotifier(TimeProvider time)
        : this(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), Watchdog(), time)
    {
    }

    public SystemdNotifier(string? path, TimeSpan watchdog, TimeProvider time)
    {
        _time = time;
        WatchdogInterval = watchdog;
        if (string.IsNullOrEmpty(path)) return;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            // A leading @ stands for the NUL of an abstract name.
            _socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            _socket.Dispose();
            _socket = null;
        }
    }

    /// <summary>How often <see cref="Alive"/> must come; zero: not at all.</summary>
    public TimeSpan WatchdogInterval { get; }

    public void Ready() => Send($"READY=1\nSTATUS=serving\nMAINPID={Environment.ProcessId}");

    public void Reloading() => Send($"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds()}\nSTATUS=reading the configuration");

    public void Stopping(int sessions) => Send($"STOPPING=1\nSTATUS=ending {sessions} sessions");

    /// <summary>From the gateway's timer, so that a process that hangs is noticed. Says it at half the interval.</summary>
    public void Alive()
    {
        if (WatchdogInterval == TimeSpan.Zero) return;
        long now = _time.GetTimestamp();
        if (_lastAlive != 0 && _time.GetElapsedTime(_lastAlive, now) < WatchdogInterval / 2) return;
        _lastAlive = now;
        Send("WATCHDOG=1");
    }

    public void Dispose() => _socket?.Dispose();

    private static TimeSpan Watchdog()
    {
        if (Environment.GetEnvironmentVariable("WATCHDOG_PID") is { Length: > 0 } process && process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return TimeSpan.Zero;
        string? interval = Environment.GetEnvironmentVariable("WATCHDOG_USEC");
        return long.TryParse(interval, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) ? TimeSpan.FromMicroseconds(microseconds) : TimeSpan.Zero;
    }

    // .NET's timestamp is CLOCK_MONOTONIC in nanoseconds on Linux.
    private static long MonotonicMicroseconds() => System.Diagnostics.Stopwatch.GetTimestamp() / (System.Diagnostics.Stopwatch.Frequency / 1_000_000);

    private void Send(string state)
    {
        try
        {
            _socket?.Send(System.Text.Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // Whoever watches is gone; users are not to suffer from it.
        }
    }
}
