using System.Text;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Places;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>Records the session channels of one connection, each in a recording of its own, by one clock.</summary>
/// <param name="services">What all recordings share.</param>
/// <param name="context">The connection.</param>
/// <param name="places">Null: nothing is recorded, only transfers are logged.</param>
/// <param name="prepared">The place of the first recording, where it had to be there before the session.</param>
internal sealed class ConnectionRecorder(RecordingServices services, TapContext context, RecordingPlaces? places, IRecordingPlace? prepared) : IRelayTap
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly RecordingClock _clock = new(services.Time);
    private readonly Lock _lock = new();
    private SessionRecording[] _recordings = [];
    private IRecordingPlace? _prepared = prepared;
    private int _begun;
    private bool _isOver;
    private ulong _lastStartNs;
    private RelayPair? _relay;

    public RecordingServices Services => services;

    public TapContext Context => context;

    public void Attached(RelayPair relay) => _relay = relay;

    public IChannelTap? ChannelOpening(in ChannelOpening opening) => opening.Type == "session" ? new ChannelRecorder(this) : null;

    public async ValueTask WaitForRoomAsync(CancellationToken connectionEnded)
    {
        foreach (SessionRecording recording in Volatile.Read(ref _recordings))
        {
            if (recording.IsFull) await recording.WaitForRoomAsync(connectionEnded).ConfigureAwait(false);
        }
    }

    public async ValueTask EndedAsync()
    {
        try
        {
            await Task.WhenAll(Volatile.Read(ref _recordings).Select(recording => recording.Ended)).WaitAsync(EndPatience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A disk that hangs: the recording goes on in the background, the session is over.
        }

        lock (_lock)
        {
            _isOver = true;
            GiveUp(_prepared);
        }
    }

    /// <summary>Where recording is a must, the next recording has its place before anything is started.</summary>
    public ValueTask PrepareAsync(CancellationToken connectionEnded)
    {
        if (places is null || context.Route.RecordingMode != RecordingMode.Strict) return ValueTask.CompletedTask;
        lock (_lock)
        {
            if (_prepared is not null) return ValueTask.CompletedTask;
        }

        return new ValueTask(PrepareNextAsync(places, connectionEnded));
    }

    /// <summary>Begins the recording of a channel; null: this one is not recorded.</summary>
    public SessionRecording? Begin(ChannelStart start, (int Columns, int Rows)? terminal)
    {
        if (places is null || start.DisableDump) return null;
        lock (_lock)
        {
            int number = ++_begun;
            RecordingSpec spec = Describe(start, terminal, number);
            IRecordingPlace? place = _prepared;
            _prepared = null;
            ulong startNs = spec.Header.StartNs;
            var recording = new SessionRecording(spec, () => place ?? places.Open(context, number, startNs), _clock, services) { Failed = Failed };
            // Those that have ended are forgotten: a connection may have thousands, one after the other.
            Volatile.Write(ref _recordings, [.. _recordings.Where(other => !other.Ended.IsCompleted), recording]);
            return recording;
        }
    }

    public RecordingSpec Describe(ChannelStart start, (int Columns, int Rows)? terminal, int number)
    {
        // The id of a dump is made of its start: two channels of one moment would have the same.
        _lastStartNs = Math.Max(_lastStartNs + 1, _clock.NowNs);
        bool isCapped = terminal is null && context.Route.RecordingBulkLimit > 0;
        return new RecordingSpec
        {
            Header = new DumpHeader
            {
                Source = context.Source,
                Destination = context.Local,
                StartNs = _lastStartNs,
                User = Encoding.UTF8.GetBytes(context.User),
                Command = start.Command,
            },
            Connection = context.SessionId,
            Number = number,
            User = context.User,
            Host = context.Destination.ToString(),
            Route = context.Route,
            HasTerminal = terminal is not null,
            Columns = terminal?.Columns ?? 80,
            Rows = terminal?.Rows ?? 24,
            IsTransfer = isCapped && TransferCommand.IsTransfer(start),
            BulkRate = isCapped ? context.Route.RecordingBulkRate : 0,
        };
    }

    private async Task PrepareNextAsync(RecordingPlaces from, CancellationToken connectionEnded)
    {
        try
        {
            // The disk may be slow, and this is the connection's own task.
            IRecordingPlace place = await Task.Run(() => from.Open(context, _begun + 1, _clock.NowNs), CancellationToken.None).ConfigureAwait(false);
            lock (_lock)
            {
                if (_isOver) GiveUp(place);
                else _prepared = place;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            services.Log.RecordingRefused(context.SessionId, e.Message);
            RecordingMetrics.Failed();
            Failed(e.Message);
            await Task.Delay(Timeout.Infinite, connectionEnded).ConfigureAwait(false);
        }
    }

    private static void GiveUp(IRecordingPlace? unused)
    {
        if (unused is FilePlace file) file.Discard();
        else unused?.Dispose();
    }

    private void Failed(string reason)
    {
        if (context.Route.RecordingMode != RecordingMode.Strict || _relay is not { } relay) return;
        // A task, because this is a thread that writes recordings; the connection's own task owns what comes of it.
        _ = Task.Run(() => relay.EndAsync(DisconnectReason.ByApplication, "the session must be recorded, and its recording failed"), CancellationToken.None);
    }
}
