using SshGateway.Protocol.Transport;

namespace SshGateway.Server.Relay;

/// <summary>Carries everything one side sends to the other: one task, no queue, one flush for each batch that was read.</summary>
internal sealed class RelayPump(RelayPair pair, Side side, SshTransport source, SshTransport target)
{
    /// <summary>
    /// Batches handled before others get a turn. Completions of sockets run where they are noticed (see
    /// <see cref="SocketCompletions"/>): a pump that never waits would keep that thread from everybody else.
    /// </summary>
    private const int BatchesPerTurn = 16;

    /// <summary>The side that the pump was waiting for: when it ends, the side that ended it.</summary>
    public Side Blame { get; private set; }

    /// <summary>Runs until the source has closed its connection; throws what ended it otherwise.</summary>
    public async Task RunAsync()
    {
        source.RunCompletionsInline();
        int turn = BatchesPerTurn;
        bool more;
        do
        {
            Blame = side;
            while (source.TryRead(out PacketView packet))
            {
                if (!pair.Handle(side, packet)) await pair.ReleaseHeldAsync(side).ConfigureAwait(false);
            }

            pair.RenewKeysWhereDue();
            // What was answered to the source itself must not wait for the source to read: it may be waiting for us to.
            source.StartFlush();
            Blame = side.Other();
            await target.FlushAsync().ConfigureAwait(false);

            await pair.WaitForTapAsync().ConfigureAwait(false);

            // While the target exchanges keys nothing more is read from the source; but a source that exchanges keys too sends
            // nothing else, and both exchanges must be able to end.
            while (target.IsGateClosed && !source.IsPeerExchangingKeys) await target.WaitForGateAsync().ConfigureAwait(false);
            Blame = side;
            await source.WaitForAnswersAsync().ConfigureAwait(false);
            ValueTask<bool> fill = source.FillAsync();
            if (!fill.IsCompleted)
            {
                turn = BatchesPerTurn;
            }
            else if (--turn == 0)
            {
                turn = BatchesPerTurn;
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }

            more = await fill.ConfigureAwait(false);
        }
        while (more);
    }
}
