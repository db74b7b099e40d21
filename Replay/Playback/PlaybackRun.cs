using System.Threading.Channels;
using SshGateway.Replay.Arguments;
using SshGateway.Replay.Terminal;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Playback;

/// <summary>One use of the terminal for playing: screen, clock and keys, for any number of dumps.</summary>
internal sealed class PlaybackRun : IAsyncDisposable
{
    private const double StepSeconds = 5;
    private const double FarStepSeconds = 60;

    private readonly PlaybackScreen _screen;
    private readonly PlaybackClock _clock;
    private readonly Player _player;
    private readonly IDisposable? _terminal;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenSource _keysEnded = new();
    private readonly Task _keys;

    public PlaybackRun(ReplayEnvironment environment, ReplayOptions options, CancellationToken cancellationToken)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _screen = new PlaybackScreen(environment.Output, environment.Errors, environment.IsTerminal);
        _clock = new PlaybackClock(options.Speed, options.Follow, environment.Time);
        _player = new Player(_screen, _clock, options.MaxWait);
        _terminal = environment.HoldTerminal(_screen, _clock);
        _keys = environment.ReadKeys() is { } keys ? Task.Run(() => ObeyAsync(keys), CancellationToken.None) : Task.CompletedTask;
    }

    /// <summary>Cancelled when the viewer has quit.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Plays one dump, from the beginning as often as the viewer goes back.</summary>
    /// <param name="open">Opens the dump anew.</param>
    /// <param name="showHeader">Runs before the session, each time.</param>
    /// <param name="cancellationToken">Ends playing.</param>
    /// <exception cref="DumpFormatException">The dump is damaged or cut; all before that was played.</exception>
    public async Task PlayAsync(Func<Stream> open, Action<DumpHeader> showHeader, CancellationToken cancellationToken)
    {
        _clock.Restart();
        while (true)
        {
            if (await PlayOnceAsync(open, showHeader, cancellationToken)) return;
            _screen.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _keysEnded.CancelAsync();
        await _keys;
        _terminal?.Dispose();
        _screen.Close();
        _ended.Dispose();
        _keysEnded.Dispose();
    }

    private async Task<bool> PlayOnceAsync(Func<Stream> open, Action<DumpHeader> showHeader, CancellationToken cancellationToken)
    {
        await using Stream stream = open();
        _clock.CanRewind = stream.CanSeek;
        var reader = new DumpReader(stream);
        showHeader(await reader.ReadHeaderAsync(cancellationToken));
        try
        {
            return await _player.PlayAsync(reader, cancellationToken);
        }
        finally
        {
            // What comes next on the terminal is not the session's: an error, another file, a shell.
            _screen.Suspend();
        }
    }

    private async Task ObeyAsync(ChannelReader<PlayerKey> keys)
    {
        try
        {
            await foreach (PlayerKey key in keys.ReadAllAsync(_keysEnded.Token)) await ObeyAsync(key);
        }
        catch (OperationCanceledException)
        {
            // The session has ended.
        }
    }

    private async Task ObeyAsync(PlayerKey key)
    {
        switch (key)
        {
            case PlayerKey.Pause: _clock.TogglePause(); break;
            case PlayerKey.Forward: _clock.Seek(StepSeconds); break;
            case PlayerKey.Back: _clock.Seek(-StepSeconds); break;
            case PlayerKey.FarForward: _clock.Seek(FarStepSeconds); break;
            case PlayerKey.FarBack: _clock.Seek(-FarStepSeconds); break;
            case PlayerKey.Quit: await _ended.CancelAsync(); break;
        }
    }
}
