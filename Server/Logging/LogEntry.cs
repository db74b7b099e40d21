using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>One line of a log before it has a format.</summary>
/// <param name="Time">When.</param>
/// <param name="Level">How bad.</param>
/// <param name="Event">Which message it is; the number stays the same over versions.</param>
/// <param name="Message">One line of text, safe for a terminal.</param>
/// <param name="Fields">The values in the message, by name.</param>
internal readonly record struct LogEntry(
    DateTimeOffset Time, LogLevel Level, EventId Event, string Message, IReadOnlyList<KeyValuePair<string, object?>> Fields)
{
    private const string SessionPrefix = "session=";

    /// <summary>The session it is about, or "".</summary>
    public string Session
    {
        get
        {
            if (!Message.StartsWith(SessionPrefix, StringComparison.Ordinal)) return "";
            int end = Message.IndexOf(' ', StringComparison.Ordinal);
            return end < 0 ? "" : Message[SessionPrefix.Length..end];
        }
    }

    /// <summary>The message without the session in front.</summary>
    public string Text => Session is { Length: > 0 } session ? Message[(SessionPrefix.Length + session.Length + 1)..] : Message;
}

/// <summary>Where lines of a log go. Thread-safe; never throws, because a full disk must not end anybody's session.</summary>
internal interface ILogSink
{
    void Write(in LogEntry entry);
}
