using SshGateway.Replay.Terminal;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Playback;

/// <summary>Plays the records of a dump on a screen when their time has come.</summary>
internal sealed class Player(PlaybackScreen screen, PlaybackClock clock, TimeSpan maxWait)
{
    /// <summary>
    /// Plays from the first record to the last. False means that the viewer went back: the same dump is to be opened again and
    /// played with the same clock.
    /// </summary>
    /// <exception cref="DumpFormatException">The dump is damaged or cut; all before that was played.</exception>
    public async Task<bool> PlayAsync(DumpReader reader, CancellationToken cancellationToken)
    {
        double moment = 0;
        ulong? previousNs = null;
        while (await reader.ReadRecordAsync(cancellationToken) is { } record)
        {
            // The first record is shown at once, as by sshproxy's tool: the wait before it is the destination's, not the user's.
            moment += WaitSeconds(previousNs ?? record.TimeNs, record.TimeNs);
            previousNs = record.TimeNs;
            if (await clock.WaitAsync(moment, cancellationToken) == WaitResult.Rewind) return false;
            while (await reader.ReadDataAsync(cancellationToken) is { IsEmpty: false } chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                screen.Write(record.Descriptor, chunk.Span);
            }
        }

        return true;
    }

    private double WaitSeconds(ulong fromNs, ulong toNs)
    {
        // The clock of the gateway may have been set back in between.
        double seconds = toNs > fromNs ? (toNs - fromNs) / 1e9 : 0;
        return Math.Min(seconds, maxWait.TotalSeconds);
    }
}
