using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>The helper's log: standard error, nothing else. It opens no file and reads no configuration of logs.</summary>
internal sealed class StandardErrorLog(bool debug) : ILogger
{
    private readonly LogLevel _minimum = debug ? LogLevel.Debug : LogLevel.Information;
    private readonly StreamSink _sink = new(
        Console.OpenStandardError(), LogFormat.Text, StreamSink.IsJournal(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), "/proc/self/fd/2"));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= _minimum && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var message = new StringBuilder(formatter(state, exception));
        if (exception is not null) message.Append("; ").Append(PeerText.Escape(exception.ToString()));
        message.Replace('\n', ' ').Replace('\r', ' ').Replace('\e', ' ');
        _sink.Write(new LogEntry(TimeProvider.System.GetUtcNow(), logLevel, eventId, message.ToString(), []));
    }
}
