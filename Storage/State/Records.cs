namespace SshGateway.Storage.State;

/// <param name="Id">Unique name of the gateway process, stable over a restart of it.</param>
/// <param name="Version">Program version.</param>
/// <param name="Addresses">Addresses it listens on.</param>
/// <param name="Started">When it started.</param>
/// <param name="LeaseUntil">When its lease ends, by the store's clock.</param>
/// <param name="Connections">Live connections (filled by the store).</param>
public sealed record GatewayRecord(
    string Id, string Version, IReadOnlyList<string> Addresses, DateTimeOffset Started, DateTimeOffset LeaseUntil = default, int Connections = 0);

public enum HostState
{
    Up,
    Down,
    Disabled,
}

/// <summary>A disabled host whose sessions are to end.</summary>
/// <param name="Until">When what is left is closed.</param>
/// <param name="Message">What interactive sessions are told.</param>
public sealed record HostDrain(DateTimeOffset Until, string Message);

/// <summary>One host, with what is connected to it.</summary>
public sealed record HostRecord
{
    /// <summary><c>host:port</c>.</summary>
    public required string Host { get; init; }

    public required HostState State { get; init; }

    /// <summary>Time of the last check, or of the operator's change.</summary>
    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>Why it is down, or empty.</summary>
    public string Reason { get; init; } = "";

    public HostDrain? Drain { get; init; }

    public int Connections { get; init; }

    /// <summary>Bytes per second from clients.</summary>
    public long BandwidthIn { get; init; }

    /// <summary>Bytes per second to clients.</summary>
    public long BandwidthOut { get; init; }

    /// <summary>Persisted choices that name it.</summary>
    public int Persisted { get; init; }
}

public sealed record PersistRecord(string User, string Service, string Host, DateTimeOffset Expires);

/// <summary>Null parts match everything. Host and Port are the parts of <c>host:port</c>.</summary>
public sealed record PersistFilter(string? User = null, string? Service = null, string? Host = null, string? Port = null);

/// <param name="Text">The message.</param>
/// <param name="Expires">Null: never.</param>
public sealed record ErrorBanner(string Text, DateTimeOffset? Expires);

/// <summary>Something that happened. Never holds a secret.</summary>
public sealed record EventRecord
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>login, refusal, end, host, ctl, recording, gateway …</summary>
    public required string Kind { get; init; }

    public string Gateway { get; init; } = "";

    public string Connection { get; init; } = "";

    public string User { get; init; } = "";

    /// <summary>Client address, or who acted (for <c>ctl</c>).</summary>
    public string Source { get; init; } = "";

    public string Host { get; init; } = "";

    public string Message { get; init; } = "";
}

public sealed record EventFilter(int Limit = 100, string? Kind = null, string? User = null, string? Host = null, DateTimeOffset? Since = null);

public enum OrderKind
{
    /// <summary>End the sessions that match.</summary>
    Kill,

    /// <summary>Show the message to the interactive sessions that match.</summary>
    Tell,
}

/// <summary>An order to every gateway, for connections that match each part given.</summary>
public sealed record GatewayOrder(OrderKind Kind, string? Connection = null, string? User = null, string? Host = null, string Message = "");

public enum StateChangeKind
{
    /// <summary>Something may have been missed: read everything again.</summary>
    Resync,
    Hosts,
    Banner,
    Persisted,
    Order,
    Shared,
}

/// <param name="Kind">What changed.</param>
/// <param name="Key">Host, or area and key, as far as it applies.</param>
/// <param name="Order">For <see cref="StateChangeKind.Order"/>.</param>
public sealed record StateChange(StateChangeKind Kind, string Key = "", GatewayOrder? Order = null);

/// <summary>A recording and where it is.</summary>
public sealed record RecordingRecord
{
    /// <summary>Unique: the path, or collector and session.</summary>
    public required string Id { get; init; }

    public required string Connection { get; init; }

    public required string Gateway { get; init; }

    public required string User { get; init; }

    public string Host { get; init; } = "";

    public string Command { get; init; } = "";

    public required DateTimeOffset Start { get; init; }

    public DateTimeOffset? End { get; init; }

    public long Bytes { get; init; }

    public required string Location { get; init; }

    public required string Format { get; init; }

    /// <summary>Hexadecimal; empty until complete.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>"complete", "running", or why it is not complete.</summary>
    public required string Status { get; init; }
}

public sealed record RecordingFilter(string? User = null, DateTimeOffset? Since = null, DateTimeOffset? Before = null, int Limit = 10_000);
