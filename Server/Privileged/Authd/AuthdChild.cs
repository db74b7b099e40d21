using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Privileged.Child;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>A child process that does one thing: a conversation or a command. Disposing it kills its process group.</summary>
internal sealed class AuthdChild : IAsyncDisposable
{
    private const int MaxNoise = 256 * 1024;
    private const int MaxNoiseShown = 1024;

    private readonly Process _process;
    private readonly ILogger _log;
    private Task? _draining;

    private AuthdChild(Process process, ILogger log)
    {
        _process = process;
        _log = log;
        Channel = new FrameChannel(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        Ready = WaitUntilReadyAsync();
    }

    public FrameChannel Channel { get; }

    /// <summary>Whether it is there and waits for work; false when it could not start.</summary>
    public Task<bool> Ready { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What a command prints, once it runs.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Error => _process.StandardError.BaseStream;

    public static AuthdChild Start(ILogger log)
    {
        ProcessStartInfo start = SelfProgram.Start(ChildProgram.Name);
        start.RedirectStandardError = true;
        return new AuthdChild(Process.Start(start) ?? throw new PrivilegedHelperException("no child process can be started"), log);
    }

    /// <summary>Reads what modules print, so that they are not held up by it; too much of it kills them.</summary>
    public void DrainNoise() => _draining ??= Task.Run(DrainAsync);

    /// <summary>0–255, or 128 and a signal's number.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>To its whole process group.</summary>
    public void Signal(int signal)
    {
        // In its first moment it leads no group yet.
        if (SystemCalls.kill(-_process.Id, signal) != 0 && !_process.HasExited) _ = SystemCalls.kill(_process.Id, signal);
    }

    /// <summary>No more is said to it. A conversation ends by that, a session is closed.</summary>
    public void CloseInput() => _process.StandardInput.Dispose();

    public async ValueTask DisposeAsync()
    {
        Signal(SystemCalls.SignalKill);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        // Whoever left its group and kept its pipes is not waited for.
        if (_draining is not null) await Task.WhenAny(_draining, Task.Delay(TimeSpan.FromMilliseconds(100))).ConfigureAwait(false);
        _process.Dispose();
    }

    private async Task<bool> WaitUntilReadyAsync()
    {
        try
        {
            return await Channel.ReadAsync(0, CancellationToken.None).ConfigureAwait(false) is { Type: HelperMessage.Ready };
        }
        catch (Exception e) when (e is FrameException or IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task DrainAsync()
    {
        byte[] buffer = new byte[4096];
        int total = 0;
        try
        {
            int count;
            while ((count = await Error.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                if (total < MaxNoiseShown && _log.IsEnabled(LogLevel.Debug))
                    _log.ModulePrinted(PeerText.Escape(Encoding.UTF8.GetString(buffer.AsSpan(0, Math.Min(count, MaxNoiseShown - total)))));
                total += count;
                if (total <= MaxNoise) continue;
                _log.RequestRefused("a module printed more than it may and is ended");
                Signal(SystemCalls.SignalKill);
                return;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
    }
}
