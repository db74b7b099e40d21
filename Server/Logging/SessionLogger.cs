using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>
/// The log of one session. Until the user has proved who he is, its lines go to the gateway's own log: nobody makes files by
/// claiming names. From then on they go where his route says, with its level.
/// </summary>
internal sealed class SessionLogger(ILogger gateway) : ILogger
{
    private readonly LogHub? _hub = gateway as LogHub;
    private volatile Target? _target;

    /// <summary>The lines go to another place than the gateway's own.</summary>
    public bool IsElsewhere { get; private set; }

    public void Follow(RouteConfiguration route, PatternExpander patterns)
    {
        if (_hub is null) return;
        ILogSink sink = _hub.SinkFor(route, patterns);
        IsElsewhere = !ReferenceEquals(sink, _hub.MainSink);
        _target = new Target(sink, route.Debug ? LogLevel.Debug : LogLevel.Information);
    }

    public bool IsEnabled(LogLevel logLevel) => _target is { } target ? logLevel >= target.Minimum && logLevel != LogLevel.None : gateway.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (_target is not { } target)
        {
            gateway.Log(logLevel, eventId, state, exception, formatter);
            return;
        }

        if (!IsEnabled(logLevel)) return;
        target.Sink.Write(_hub!.Entry(logLevel, eventId, state, exception, formatter));
        // Our own faults must be seen by whoever watches the gateway.
        if (logLevel >= LogLevel.Error && IsElsewhere) gateway.Log(logLevel, eventId, state, exception, formatter);
    }

    private sealed record Target(ILogSink Sink, LogLevel Minimum);
}
