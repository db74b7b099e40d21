using System.Collections.Concurrent;
using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A server under test as a child process: its log collected, its end by process id.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly ChildProcess _child;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly Task _collecting;
    private int _isDisposed;

    private ServerProcess(ChildProcess child, int port)
    {
        _child = child;
        Port = port;
        _collecting = Task.WhenAll(CollectAsync(child.Output), CollectAsync(child.Error));
    }

    public int Id => _child.Id;

    public int Port { get; }

    public bool HasExited => _child.HasExited;

    public IReadOnlyCollection<string> Log => _log;

    public string LogText => string.Join('\n', _log);

    /// <summary>Starts a server and returns when it sends its identification string on the port.</summary>
    public static async Task<ServerProcess> StartAsync(
        string program, IEnumerable<string> arguments, int port, IReadOnlyDictionary<string, string>? environment = null, string? readyLine = null)
    {
        ChildProcess child = ChildProcess.Start(program, arguments, environment);
        child.CloseInput();
        var server = new ServerProcess(child, port);
        using var deadline = new CancellationTokenSource(Eventually.Patience);
        try
        {
            await Eventually.BecomesTrueAsync(
                async () => server.HasExited || (readyLine is not null ? server.LogText.Contains(readyLine, StringComparison.Ordinal) : await LoopbackPort.ReadIdentificationAsync(port, deadline.Token) is not null),
                $"{program} answers on port {port}");
            if (!server.HasExited)
            {
                return server;
            }

            await server._collecting;
            throw new InvalidOperationException($"{child.Command} ended at once:\n{server.LogText}");
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException($"{child.Command} does not answer on port {port}:\n{server.LogText}", exception);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public void Signal(int number) => _child.Signal(number);

    public Task<int> WaitForExitAsync(TimeSpan timeout) => _child.WaitForExitAsync(timeout);

    /// <summary>Waits until a line of the log that came after the first <paramref name="from"/> lines contains the text.</summary>
    public async Task<string> WaitForLogAsync(string text, int from = 0)
    {
        string? found = null;
        try
        {
            await Eventually.BecomesTrueAsync(
                () => (found = _log.Skip(from).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal))) is not null,
                $"'{text}' in the log");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}:\n{string.Join('\n', _log.Skip(from))}", exception);
        }

        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        // A test may have ended a server that belongs to its bed.
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        if (!_child.HasExited)
        {
            _child.Signal(NativeMethods.SignalTerminate);
            try
            {
                await _child.WaitForExitAsync(TimeSpan.FromSeconds(8));
            }
            catch (TimeoutException)
            {
                // Disposing kills it and everything it has started.
            }
        }

        await _child.DisposeAsync();
    }

    private async Task CollectAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
        }
    }
}
