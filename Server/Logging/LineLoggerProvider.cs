using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;

namespace SshGateway.Server.Logging;

/// <summary>Log lines for people: time, level, message; one line each, to standard output or a file. Thread-safe.</summary>
internal sealed class LineLoggerProvider(Stream output, LogLevel minimum, TimeProvider time) : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();

    public static LineLoggerProvider Open(string target, bool debug)
    {
        LogLevel minimum = debug ? LogLevel.Debug : LogLevel.Information;
        Stream output = target.Length == 0
            ? Console.OpenStandardOutput()
            : new FileStream(target, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            });
        return new LineLoggerProvider(output, minimum, TimeProvider.System);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var line = new StringBuilder(160);
        line.Append(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)).Append(' ');
        line.Append(Name(logLevel)).Append(' ').Append(formatter(state, exception));
        for (Exception? e = exception; e is not null; e = e.InnerException) line.Append("; ").Append(e.GetType().Name).Append(": ").Append(PeerText.Escape(e.Message));
        if (exception is not null && logLevel >= LogLevel.Error) line.Append(" at ").Append(PeerText.Escape((exception.StackTrace ?? "").Replace('\n', ' ')));
        byte[] bytes = Encoding.UTF8.GetBytes(line.Append('\n').ToString());
        try
        {
            lock (_lock) output.Write(bytes);
        }
        catch (IOException)
        {
            // A full disk or a closed pipe must not end anybody's session.
        }
    }

    public void Dispose() => output.Dispose();

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };
}
