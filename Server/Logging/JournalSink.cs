using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>
/// systemd's journal, by its own protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): what a message tells comes as fields as well, so that
/// <c>journalctl SSHGATEWAY_SESSION=…</c> finds a session and <c>SSHGATEWAY_USER=…</c> a user.
/// </summary>
internal sealed class JournalSink(string path, LogFormat format, ILogSink otherwise) : ILogSink, IDisposable
{
    /// <summary>Where journald listens.</summary>
    public const string StandardPath = "/run/systemd/journal/socket";

    private const string Prefix = "SSHGATEWAY_";

    /// <summary>Bytes of one value; what a peer sent may be long, and a datagram has an end.</summary>
    private const int MaxValue = 16 * 1024;

    private readonly DatagramSocket _socket = new(path);

    public void Write(in LogEntry entry)
    {
        if (!_socket.Send(Datagram(entry, format))) otherwise.Write(entry);
    }

    public void Dispose() => _socket.Dispose();

    internal static byte[] Datagram(in LogEntry entry, LogFormat format)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        byte[] message = format == LogFormat.Json ? LogLines.Json(entry)[..^1] : Encoding.UTF8.GetBytes(SyslogSink.Message(entry));
        Field(buffer, "MESSAGE", message);
        Field(buffer, "PRIORITY", LogLines.Severity(entry.Level).ToString(CultureInfo.InvariantCulture));
        Field(buffer, "SYSLOG_IDENTIFIER", SyslogSink.Tag(entry));
        Field(buffer, "SYSLOG_FACILITY", SyslogSink.Facility.ToString(CultureInfo.InvariantCulture));
        Field(buffer, "SYSLOG_PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Field(buffer, Prefix + "EVENT_ID", entry.Event.Id.ToString(CultureInfo.InvariantCulture));
        if (entry.Event.Name is { Length: > 0 } name) Field(buffer, Prefix + "EVENT", name);
        foreach ((string key, object? value) in entry.Fields)
        {
            // {OriginalFormat} is the template, not a value.
            if (!key.StartsWith('{')) Field(buffer, Prefix + LogLines.Snake(key).ToUpperInvariant(), Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Field(ArrayBufferWriter<byte> buffer, string name, string value) => Field(buffer, name, Encoding.UTF8.GetBytes(value));

    // NAME=value, newline; a value with a newline in it: NAME, newline, its length as 64 bits little-endian, value, newline.
    private static void Field(ArrayBufferWriter<byte> buffer, string name, ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxValue) value = value[..MaxValue];
        buffer.Write(Encoding.ASCII.GetBytes(name));
        if (value.Contains((byte)'\n'))
        {
            buffer.Write("\n"u8);
            BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(8), (ulong)value.Length);
            buffer.Advance(8);
        }
        else
        {
            buffer.Write("="u8);
        }

        buffer.Write(value);
        buffer.Write("\n"u8);
    }
}
