using System.Globalization;
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
    public const int Facility = 10;

    private const int MaxMessage = 8192;

    private readonly DatagramSocket _socket = new(path);

    public void Write(in LogEntry entry)
    {
        if (!_socket.Send(Datagram(entry, format))) otherwise.Write(entry);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Lines about logins carry sshd's.</summary>
    internal static string Tag(in LogEntry entry) => SessionLog.IsOfLogin(entry.Event.Id) ? "sshd" : "sshgateway";

    // "[ID number name] " is what syslogd of Solaris puts in front, and what filters for sshd therefore skip.
    internal static string Message(in LogEntry entry) => entry.Session is { Length: > 0 } session ? $"[ID {entry.Event.Id} {session}] {entry.Text}" : entry.Message;

    internal static byte[] Datagram(in LogEntry entry, LogFormat format)
    {
        int priority = (Facility * 8) + LogLines.Severity(entry.Level);
        DateTimeOffset local = entry.Time.ToLocalTime();
        // <PRI>Mmm dd hh:mm:ss TAG[PID]: MESSAGE; the day is padded with a blank (RFC 3164 §4.1.2). The daemon adds the host.
        string day = local.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2);
        string head = $"<{priority}>{local.ToString("MMM", CultureInfo.InvariantCulture)} {day} {local.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {Tag(entry)}[{Environment.ProcessId}]: ";
        byte[] bytes = [.. Encoding.ASCII.GetBytes(head), .. format == LogFormat.Json ? LogLines.Json(entry).AsSpan()[..^1] : Encoding.UTF8.GetBytes(Message(entry))];
        return bytes.Length <= MaxMessage ? bytes : bytes[..MaxMessage];
    }
}
