using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>
/// The local syslog: RFC 3164 datagrams to /dev/log, facility authpriv. What tells of logins has sshd's wording and carries its tag,
/// so that what reads sshd's lines (fail2ban, logwatch) reads these.
/// </summary>
internal sealed class SyslogSink(string path, LogFormat format, ILogSink otherwise) : ILogSink, IDisposable
{
    /// <summary>LOG_AUTHPRIV.</summary>
    private const int Facility = 10;

    private const int MaxMessage = 8192;

    private readonly Lock _lock = new();
    private Socket? _socket;

    public void Write(in LogEntry entry)
    {
        byte[] datagram = Datagram(entry, format);
        lock (_lock)
        {
            // The daemon was restarted, perhaps: one new connection is tried.
            if (Send(datagram) || Send(datagram)) return;
        }

        otherwise.Write(entry);
    }

    public void Dispose()
    {
        lock (_lock) Close();
    }

    internal static byte[] Datagram(in LogEntry entry, LogFormat format)
    {
        int priority = (Facility * 8) + LogLines.Severity(entry.Level);
        string tag = SessionLog.IsOfLogin(entry.Event.Id) ? "sshd" : "sshgateway";
        DateTimeOffset local = entry.Time.ToLocalTime();
        // <PRI>Mmm dd hh:mm:ss TAG[PID]: MESSAGE; the day is padded with a blank (RFC 3164 §4.1.2). The daemon adds the host.
        string day = local.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2);
        string head = $"<{priority}>{local.ToString("MMM", CultureInfo.InvariantCulture)} {day} {local.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {tag}[{Environment.ProcessId}]: ";
        byte[] bytes = [.. Encoding.ASCII.GetBytes(head), .. format == LogFormat.Json ? LogLines.Json(entry).AsSpan()[..^1] : Encoding.UTF8.GetBytes(Message(entry))];
        return bytes.Length <= MaxMessage ? bytes : bytes[..MaxMessage];
    }

    // "[ID number name] " is what syslogd of Solaris puts in front, and what filters for sshd therefore skip.
    private static string Message(in LogEntry entry) => entry.Session is { Length: > 0 } session ? $"[ID {entry.Event.Id} {session}] {entry.Text}" : entry.Message;

    private bool Send(byte[] datagram)
    {
        try
        {
            if (_socket is null)
            {
                _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = 1000 };
                _socket.Connect(new UnixDomainSocketEndPoint(path));
            }

            _socket.Send(datagram);
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException or ObjectDisposedException)
        {
            Close();
            return false;
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
