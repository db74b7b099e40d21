using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>
/// Stands between the gateway and the child that runs the modules: passes steps and answers on, and ends the child when it takes too
/// long, dies or says what it may not. Only this attempt is lost by that.
/// </summary>
internal sealed class PamRelay(FrameChannel gateway, AuthdChild child, PamRequest request, AuthdOptions options, ILogger log)
{
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(12);

    /// <summary>Runs the conversation. True: it was only about an account, and the child is as it was before.</summary>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        bool isUsed = true;
        child.DrainNoise();
        await child.Channel.WriteAsync(HelperMessage.Authenticate, HelperFields.Authenticate(request), stopping).ConfigureAwait(false);
        while (true)
        {
            PamStep step = await NextStepAsync(stopping).ConfigureAwait(false);
            if (step.Result is { } result) LogEnd(result);
            isUsed = !request.AccountOnly || step.Result is null or { Outcome: PamOutcome.Error };
            if (!await TryPassOnAsync(HelperMessage.Step, HelperFields.Step(step), stopping).ConfigureAwait(false) || step.Result is { Outcome: not PamOutcome.Success }) break;
            HelperMessage wanted = step.Result is null ? HelperMessage.Answers : HelperMessage.OpenSession;
            if (!await TryPassInAsync(wanted, stopping).ConfigureAwait(false)) break;
            if (wanted == HelperMessage.OpenSession)
            {
                isUsed = true;
                await KeepSessionAsync(stopping).ConfigureAwait(false);
                break;
            }
        }

        if (isUsed) await SayFarewellAsync(stopping).ConfigureAwait(false);
        return !isUsed;
    }

    private async Task KeepSessionAsync(CancellationToken stopping)
    {
        byte[] result = await FromChildAsync(HelperMessage.SessionResult, stopping).ConfigureAwait(false) is { } frame
            ? frame.Payload.ToArray()
            : HelperFields.Result(await LossAsync(stopping).ConfigureAwait(false));
        if (!await TryPassOnAsync(HelperMessage.SessionResult, result, stopping).ConfigureAwait(false)) return;
        // Until the gateway closes the connection.
        using Frame? end = await FromGatewayAsync(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(false);
    }

    /// <summary>What the modules want next. A user who has left is noticed after that: they finish what they do, delays and counters included.</summary>
    private async Task<PamStep> NextStepAsync(CancellationToken stopping)
    {
        try
        {
            if (await FromChildAsync(HelperMessage.Step, stopping).ConfigureAwait(false) is { } frame) return HelperFields.ReadStep(frame.Read());
        }
        catch (SshProtocolException)
        {
            child.Signal(SystemCalls.SignalKill);
        }

        return new PamStep([], await LossAsync(stopping).ConfigureAwait(false));
    }

    /// <summary>The child's next message; null when it is gone, silent for too long, or says something else.</summary>
    private async Task<Frame?> FromChildAsync(HelperMessage expected, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(options.ModuleTime);
        try
        {
            Frame? frame = await child.Channel.ReadAsync(FrameChannel.MaxReply, limit.Token).ConfigureAwait(false);
            return frame?.Type == expected ? frame : null;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            _tookTooLong = true;
            return null;
        }
        catch (Exception e) when (e is FrameException or IOException)
        {
            return null;
        }
    }

    private bool _tookTooLong;

    private async Task<PamResult> LossAsync(CancellationToken stopping)
    {
        if (_tookTooLong) child.Signal(SystemCalls.SignalKill);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            int status = await child.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return new PamResult(PamOutcome.Error, _tookTooLong ? "the modules did not answer in time" : $"the modules ended their process (status {status})");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            child.Signal(SystemCalls.SignalKill);
            return new PamResult(PamOutcome.Error, "the modules broke the protocol");
        }
    }

    private async Task<bool> TryPassInAsync(HelperMessage wanted, CancellationToken stopping)
    {
        if (await FromGatewayAsync(options.AnswerTime, stopping).ConfigureAwait(false) is not { } answer) return false;
        using (answer)
        {
            if (answer.Type != wanted) throw new FrameException($"message {answer.Type} where {wanted} was due");
            try
            {
                await child.Channel.WriteAsync(answer, stopping).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It died meanwhile; the next step says so.
            }
        }

        return true;
    }

    private async Task<Frame?> FromGatewayAsync(TimeSpan time, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(time);
        try
        {
            return await gateway.ReadAsync(FrameChannel.MaxRequest, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<bool> TryPassOnAsync(HelperMessage type, byte[] payload, CancellationToken stopping)
    {
        try
        {
            await gateway.WriteAsync(type, payload, stopping).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The child closes what is open and ends; it has some seconds for it.</summary>
    private async Task SayFarewellAsync(CancellationToken stopping)
    {
        child.CloseInput();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(FarewellTime);
        try
        {
            await child.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever owns it kills it.
        }
    }

    private void LogEnd(PamResult result) =>
        log.PamEnded(request.Service, PeerText.Escape(request.User), PeerText.Escape(request.RemoteHost), result.Outcome, PeerText.Escape(result.Reason));
}
