using System.Threading.Channels;
using SshGateway.Replay.Follow;
using SshGateway.Replay.Playback;
using SshGateway.Replay.Terminal;

namespace SshGateway.Replay;

/// <summary>What the command needs of the world around it.</summary>
internal sealed record ReplayEnvironment
{
    public required Stream Output { get; init; }

    public required Stream Errors { get; init; }

    /// <summary>Whether a session is played to a terminal, which is to be brought back at the end.</summary>
    public bool IsTerminal { get; init; }

    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Func<string, IGrowth> WatchFile { get; init; } = path => new FileGrowth(path);

    /// <summary>Takes the terminal for playing until disposed.</summary>
    public Func<PlaybackScreen, PlaybackClock, IDisposable?> HoldTerminal { get; init; } = (_, _) => null;

    /// <summary>Starts to read the viewer's keys; null when there is no keyboard.</summary>
    public Func<ChannelReader<PlayerKey>?> ReadKeys { get; init; } = () => null;
}
