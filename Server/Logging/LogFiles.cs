using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>
/// The files of all logs. A file is open while it is among the last that were written to; any number can be written to with a
/// bounded number of descriptors.
/// </summary>
internal sealed class LogFiles(int maxOpen, Action<string, string> failed) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LogFile> _files = new(StringComparer.Ordinal);
    private readonly LinkedList<LogFile> _recent = [];

    public int OpenFiles
    {
        get
        {
            lock (_lock) return _files.Count;
        }
    }

    /// <summary>Appends; false when the file cannot be written, which is reported once until files are opened anew.</summary>
    public bool Append(string path, ReadOnlySpan<byte> line)
    {
        LogFile? evicted = null;
        LogFile file;
        lock (_lock)
        {
            if (_files.TryGetValue(path, out LogFile? known))
            {
                file = known;
                if (_recent.First != file.Node)
                {
                    _recent.Remove(file.Node);
                    _recent.AddFirst(file.Node);
                }
            }
            else
            {
                file = new LogFile(path);
                _files[path] = file;
                _recent.AddFirst(file.Node);
                if (_files.Count > maxOpen)
                {
                    evicted = _recent.Last!.Value;
                    Forget(evicted);
                }
            }
        }

        evicted?.Close();
        if (file.Append(line, out string? problem)) return true;
        if (problem is not null) failed(path, problem);
        return false;
    }

    /// <summary>Closes every file; the next line opens it again, under the name it has now (logrotate).</summary>
    public void Reopen()
    {
        LogFile[] all;
        lock (_lock)
        {
            all = [.. _files.Values];
            foreach (LogFile file in all) Forget(file);
        }

        foreach (LogFile file in all) file.Close();
    }

    public void Dispose() => Reopen();

    private void Forget(LogFile file)
    {
        _files.Remove(file.Path);
        _recent.Remove(file.Node);
    }

    private sealed class LogFile
    {
        private readonly Lock _lock = new();
        private FileStream? _stream;
        private bool _isClosed;
        private bool _hasFailed;

        public LogFile(string path)
        {
            Path = path;
            Node = new LinkedListNode<LogFile>(this);
        }

        public string Path { get; }

        public LinkedListNode<LogFile> Node { get; }

        public bool Append(ReadOnlySpan<byte> line, out string? problem)
        {
            problem = null;
            lock (_lock)
            {
                if (_hasFailed) return false;
                try
                {
                    _stream ??= SafeAppend.Open(Path);
                    _stream.Write(line);
                    // Put out of the list between look-up and here: nobody else would close it.
                    if (_isClosed) CloseStream();
                    return true;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
                {
                    _hasFailed = true;
                    problem = e.Message;
                    CloseStream();
                    return false;
                }
            }
        }

        public void Close()
        {
            lock (_lock)
            {
                _isClosed = true;
                CloseStream();
            }
        }

        private void CloseStream()
        {
            _stream?.Dispose();
            _stream = null;
        }
    }
}

/// <summary>One file, in one format. What cannot be written there goes to another log: no line is lost because of a path.</summary>
internal sealed class FileSink(LogFiles files, string path, LogFormat format, ILogSink otherwise) : ILogSink
{
    public void Write(in LogEntry entry)
    {
        if (!files.Append(path, LogLines.Format(entry, format)) && entry.Level > LogLevel.Debug) otherwise.Write(entry);
    }
}
