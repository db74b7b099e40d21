using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>Standard output, which may be the journal's.</summary>
internal sealed class StreamSink(Stream output, LogFormat format, bool isJournal) : ILogSink
{
    private readonly Lock _lock = new();

    public void Write(in LogEntry entry)
    {
        byte[] line = isJournal ? LogLines.Journal(entry, format) : LogLines.Format(entry, format);
        try
        {
            lock (_lock) output.Write(line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // A closed pipe must not end anybody's session.
        }
    }

    /// <summary>Standard output leads to the journal: JOURNAL_STREAM names its device and inode, as systemd.exec(5) says.</summary>
    public static bool IsJournal(string? journalStream, string standardOutput)
    {
        if (journalStream?.Split(':') is not [_, { Length: > 0 } inode]) return false;
        try
        {
            return new FileInfo(standardOutput).LinkTarget == $"socket:[{inode}]";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
