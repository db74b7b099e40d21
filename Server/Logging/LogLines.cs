using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>The formats of a line.</summary>
internal static class LogLines
{
    public static byte[] Format(in LogEntry entry, LogFormat format) => format == LogFormat.Json ? Json(entry) : Text(entry);

    /// <summary>
    /// Time, level unless it is info, message. A session's line is then "TIME session=ID message", which fail2ban's filter for sshd
    /// reads as it reads sshd's own: the session stands where the name of a machine may.
    /// </summary>
    public static byte[] Text(in LogEntry entry)
    {
        string level = entry.Level == LogLevel.Information ? "" : Name(entry.Level) + " ";
        return Encoding.UTF8.GetBytes($"{Time(entry)} {level}{entry.Message}\n");
    }

    /// <summary>For the journal: the priority in front (sd-daemon), the time is its own.</summary>
    public static byte[] Journal(in LogEntry entry, LogFormat format)
    {
        byte[] prefix = Encoding.ASCII.GetBytes($"<{Severity(entry.Level)}>");
        return [.. prefix, .. format == LogFormat.Json ? Json(entry) : Encoding.UTF8.GetBytes(entry.Message + "\n")];
    }

    /// <summary>One object: time, level, event, message, then the values of the message by name.</summary>
    public static byte[] Json(in LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", Time(entry));
            json.WriteString("level", Name(entry.Level));
            if (entry.Event.Name is { Length: > 0 } name) json.WriteString("event", name);
            json.WriteNumber("id", entry.Event.Id);
            json.WriteString("message", entry.Text);
            foreach ((string key, object? value) in entry.Fields) WriteField(json, key, value);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The severity of syslog (RFC 5424 §6.2.1).</summary>
    public static int Severity(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => 7,
        LogLevel.Information => 6,
        LogLevel.Warning => 4,
        LogLevel.Error => 3,
        _ => 2,
    };

    public static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    private static string Time(in LogEntry entry) => entry.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void WriteField(Utf8JsonWriter json, string key, object? value)
    {
        string name = Snake(key);
        if (name is "time" or "level" or "event" or "id" or "message" or "") return;
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case int or long or uint or ulong:
                json.WriteNumber(name, Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, Math.Round(number, 3));
                break;
            case EndPoint or IPAddress:
                json.WriteString(name, value.ToString());
                break;
            default:
                json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }
    }

    // {OriginalFormat} is the template, not a value.
    internal static string Snake(string key)
    {
        if (key.StartsWith('{')) return "";
        var name = new StringBuilder(key.Length + 4);
        foreach (char c in key)
        {
            if (char.IsAsciiLetterUpper(c) && name.Length > 0) name.Append('_');
            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }
}
