using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>Passes on what a command prints and how it ends. It lives no longer than the gateway's connection.</summary>
internal sealed class CommandRelay(FrameChannel gateway, AuthdChild child, UserCommand command) : IDisposable
{
    /// <summary>How long the output of what a command has left behind is waited for.</summary>
    private static readonly TimeSpan LastOutputTime = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _writing = new(1);

    public async Task RunAsync(CancellationToken stopping)
    {
        await child.Channel.WriteAsync(HelperMessage.Run, HelperFields.Run(command), stopping).ConfigureAwait(false);
        await gateway.WriteAsync(HelperMessage.Started, default, stopping).ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task output = PassOnAsync(child.Output, UserStream.Output, over.Token);
        Task error = PassOnAsync(child.Error, UserStream.Error, over.Token);
        Task listening = ListenAsync(over.Token);
        if (command.Limit is { } limit) over.CancelAfter(limit);
        try
        {
            int status = await WaitAsync(listening, over.Token).ConfigureAwait(false);
            await Task.WhenAny(Task.WhenAll(output, error), Task.Delay(LastOutputTime, over.Token)).ConfigureAwait(false);
            child.Signal(SystemCalls.SignalKill);
            await WriteAsync(HelperMessage.Exited, HelperFields.Build((ref SshWriter writer) => writer.WriteUInt32((uint)status)), stopping).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(output, error, listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <summary>The exit status, however it comes about: by itself, at the limit, or because the gateway has left.</summary>
    private async Task<int> WaitAsync(Task listening, CancellationToken over)
    {
        Task<int> exit = child.WaitForExitAsync(over);
        if (await Task.WhenAny(exit, listening).ConfigureAwait(false) == exit && exit.IsCompletedSuccessfully) return await exit.ConfigureAwait(false);
        child.Signal(SystemCalls.SignalKill);
        return await child.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Completes when the gateway has closed the connection.</summary>
    private async Task ListenAsync(CancellationToken over)
    {
        try
        {
            while (await gateway.ReadAsync(0, over).ConfigureAwait(false) is { Type: HelperMessage.Terminate }) child.Signal(SystemCalls.SignalTerminate);
        }
        catch (Exception e) when (e is IOException or FrameException or OperationCanceledException)
        {
            // Nobody is there any more.
        }
    }

    private async Task PassOnAsync(Stream from, UserStream stream, CancellationToken over)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer.AsMemory(1), over).ConfigureAwait(false)) > 0)
            {
                buffer[0] = (byte)stream;
                await WriteAsync(HelperMessage.Output, buffer.AsMemory(0, 1 + count), over).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The command or the gateway has ended.
        }
    }

    private async Task WriteAsync(HelperMessage type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await gateway.WriteAsync(type, payload, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
