using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Recording.Index;
using SshGateway.Server.Recording.Output;
using SshGateway.Server.Recording.Places;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;

namespace SshGateway.Server.Recording;

/// <summary>What all recordings of a gateway share, and who is told of them.</summary>
internal sealed class RecordingServices : IDisposable
{
    public const string Complete = "complete";
    public const string Running = "running";

    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log;

    public RecordingServices(IRecordingIndex index, ILogger log, TimeProvider time, string gateway)
    {
        Index = index;
        _log = log;
        Time = time;
        Gateway = gateway;
        Stopping = _stopping.Token;
    }

    public RecordingThreads Threads { get; } = new();

    public IRecordingIndex Index { get; }

    public ILogger Log => _log;

    public TimeProvider Time { get; }

    /// <summary>Name of this gateway in the state store.</summary>
    public string Gateway { get; }

    public CancellationToken Stopping { get; }

    /// <summary>Told of each recording that has its place: session and location. On a recording thread.</summary>
    public Action<string, string>? Placed { get; set; }

    public void Dispose()
    {
        _stopping.Cancel();
        Threads.Dispose();
        _stopping.Dispose();
    }

    public void Began(RecordingSpec spec, IRecordingPlace place)
    {
        _log.RecordingBegan(spec.Connection, place.Location);
        Index.Put(Row(spec, place, null, Running, null));
        Placed?.Invoke(spec.Connection, place.Location);
    }

    public void Ended(RecordingSpec spec, IRecordingPlace place, HashingStream stream, string status, ulong endNs)
    {
        _log.RecordingEnded(spec.Connection, place.Location, stream.Written, status);
        Index.Put(Row(spec, place, stream, status, endNs));
    }

    public void Broke(RecordingSpec spec, IRecordingPlace? place, HashingStream? stream, string reason, ulong nowNs, Exception error)
    {
        RecordingMetrics.Failed();
        string where = place?.Location ?? spec.Route.Dump;
        _log.RecordingBroke(spec.Connection, PeerText.Escape(where), reason, error is IOException ? null : error);
        Index.Put(Event(spec, "recording", $"recording to {where} {reason}"));
        if (place is not null) Index.Put(Row(spec, place, stream, reason, nowNs));
    }

    public EventRecord Event(RecordingSpec spec, string kind, string message) => new()
    {
        Time = Time.GetUtcNow(),
        Kind = kind,
        Gateway = Gateway,
        Connection = spec.Connection,
        User = spec.User,
        Source = spec.Header.Source.ToString(),
        Host = spec.Host,
        Message = message,
    };

    private RecordingRecord Row(RecordingSpec spec, IRecordingPlace place, HashingStream? stream, string status, ulong? endNs) => new()
    {
        Id = place.Location,
        Connection = spec.Connection,
        Gateway = Gateway,
        User = spec.User,
        Host = spec.Host,
        Command = PeerText.Escape(Encoding.UTF8.GetString(spec.Header.Command.Span)),
        Start = UnixNanoseconds.ToUtc(spec.Header.StartNs),
        End = endNs is { } end ? UnixNanoseconds.ToUtc(end) : null,
        Bytes = stream?.Written ?? 0,
        Location = place.Location,
        Format = place.Format,
        Sha256 = stream is null ? "" : stream.Sha256,
        Status = status,
    };
}
