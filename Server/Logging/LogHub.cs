using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>
/// All logs of a gateway. It is itself the log of what concerns no single user: the target at the top of the file, or standard
/// output where that target has the user in its name. Thread-safe.
/// </summary>
internal sealed class LogHub : ILogger, IDisposable
{
    /// <summary>Log files that are open at the same time; more are written to in turn.</summary>
    private const int MaxOpenFiles = 128;

    private readonly TimeProvider _time;
    private readonly string _syslog;
    private readonly ILogSink _text;
    private readonly ILogSink _json;
    private readonly SyslogSink _syslogText;
    private readonly SyslogSink _syslogJson;
    private readonly LogFiles _files;
    private volatile Main _main;

    public LogHub(GatewayConfiguration configuration)
        : this(configuration, Console.OpenStandardOutput(), TimeProvider.System, "/dev/log", OwnJournal())
    {
    }

    /// <param name="configuration">Targets and formats.</param>
    /// <param name="standardOutput">Where lines go by default.</param>
    /// <param name="time">Clock.</param>
    /// <param name="syslog">Socket of the local syslog.</param>
    /// <param name="journal">Socket of the journal, where standard output leads to it; else null.</param>
    public LogHub(GatewayConfiguration configuration, Stream standardOutput, TimeProvider time, string syslog, string? journal = null)
    {
        _time = time;
        _syslog = syslog;
        _text = Standard(standardOutput, LogFormat.Text, journal);
        _json = Standard(standardOutput, LogFormat.Json, journal);
        _syslogText = new SyslogSink(_syslog, LogFormat.Text, _text);
        _syslogJson = new SyslogSink(_syslog, LogFormat.Json, _json);
        _files = new LogFiles(MaxOpenFiles, (path, problem) => this.LogFileFailed(PeerText.Escape(path), problem));
        _main = Open(configuration);
    }

    public ILogSink MainSink => _main.Sink;

    /// <summary>Follows a new configuration and opens files anew.</summary>
    public void Reload(GatewayConfiguration configuration)
    {
        _main = Open(configuration);
        _files.Reopen();
        _syslogText.Dispose();
        _syslogJson.Dispose();
    }

    /// <summary>Where the lines of one user's session go.</summary>
    public ILogSink SinkFor(RouteConfiguration route, PatternExpander patterns)
    {
        if (route.Log == _main.Target && route.LogFormat == _main.Format && !LogFileName.HasPattern(route.Log)) return _main.Sink;
        return Open(LogFileName.Expand(route.Log, patterns), route.LogFormat);
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= _main.Minimum && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Main main = _main;
        if (logLevel >= main.Minimum && logLevel != LogLevel.None) main.Sink.Write(Entry(logLevel, eventId, state, exception, formatter));
    }

    public LogEntry Entry<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var message = new StringBuilder(formatter(state, exception));
        for (Exception? e = exception; e is not null; e = e.InnerException) message.Append("; ").Append(e.GetType().Name).Append(": ").Append(PeerText.Escape(e.Message));
        if (exception is not null && level >= LogLevel.Error) message.Append(" at ").Append(PeerText.Escape((exception.StackTrace ?? "").Replace('\n', ' ')));
        // Texts from outside came escaped; this is for what somebody forgot.
        message.Replace('\n', ' ').Replace('\r', ' ').Replace('\e', ' ');
        return new LogEntry(_time.GetUtcNow(), level, id, message.ToString(), state as IReadOnlyList<KeyValuePair<string, object?>> ?? []);
    }

    public void Dispose()
    {
        _files.Dispose();
        _syslogText.Dispose();
        _syslogJson.Dispose();
        (_text as IDisposable)?.Dispose();
        (_json as IDisposable)?.Dispose();
    }

    private static string? OwnJournal() =>
        StreamSink.IsJournal(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), "/proc/self/fd/1") ? JournalSink.StandardPath : null;

    private static ILogSink Standard(Stream output, LogFormat format, string? journal)
    {
        var stream = new StreamSink(output, format, journal is not null);
        return journal is null ? stream : new JournalSink(journal, format, stream);
    }

    private Main Open(GatewayConfiguration configuration)
    {
        string target = LogFileName.HasPattern(configuration.Log) ? "" : configuration.Log;
        return new Main(configuration.Log, configuration.LogFormat, Open(target, configuration.LogFormat), configuration.Debug ? LogLevel.Debug : LogLevel.Information);
    }

    private ILogSink Open(string target, LogFormat format)
    {
        ILogSink standard = format == LogFormat.Json ? _json : _text;
        return target switch
        {
            "" => standard,
            "syslog" => format == LogFormat.Json ? _syslogJson : _syslogText,
            _ => new FileSink(_files, target, format, standard),
        };
    }

    private sealed record Main(string Target, LogFormat Format, ILogSink Sink, LogLevel Minimum);
}
