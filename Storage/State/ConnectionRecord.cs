namespace SshGateway.Storage.State;

/// <summary>A client's connection and its destination, however many sessions it multiplexes.</summary>
public sealed record ConnectionRecord
{
    /// <summary>Ten hexadecimal digits, the session id of the logs.</summary>
    public required string Id { get; init; }

    public required string Gateway { get; init; }

    public required string User { get; init; }

    /// <summary>Names of the user's groups when he logged in.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    public required string Service { get; init; }

    /// <summary>The client's address and port.</summary>
    public required string Client { get; init; }

    /// <summary>The gateway's listening address, which sshproxyctl calls From.</summary>
    public required string From { get; init; }

    /// <summary><c>host:port</c>.</summary>
    public string Host { get; init; } = "";

    public required DateTimeOffset Start { get; init; }

    /// <summary>When data last passed.</summary>
    public DateTimeOffset LastActive { get; init; }

    /// <summary>Bytes from the client.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes to the client.</summary>
    public long BytesOut { get; init; }

    /// <summary>Bytes per second from the client, over the last interval.</summary>
    public long BandwidthIn { get; init; }

    /// <summary>Bytes per second to the client, over the last interval.</summary>
    public long BandwidthOut { get; init; }

    /// <summary>What else is known, in the words of <c>show sessions</c>: algorithms of the legs, authentication, destination user, recording.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();
}

/// <param name="Connection">Id of the connection.</param>
/// <param name="BytesIn">Total from the client.</param>
/// <param name="BytesOut">Total to the client.</param>
/// <param name="BandwidthIn">Bytes per second over the interval.</param>
/// <param name="BandwidthOut">Bytes per second over the interval.</param>
/// <param name="LastActive">When data last passed.</param>
public readonly record struct TrafficSample(string Connection, long BytesIn, long BytesOut, long BandwidthIn, long BandwidthOut, DateTimeOffset LastActive);
