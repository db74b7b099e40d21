using System.Net;

namespace SshGateway.Server.Configuration;

/// <summary>Random early drop: from Begin unauthenticated connections on, Rate percent are refused, growing to all at Full.</summary>
internal readonly record struct StartupLimit(int Begin, int Rate, int Full)
{
    public override string ToString() => $"{Begin}:{Rate}:{Full}";
}

internal sealed record LimitsConfiguration
{
    public StartupLimit MaxStartups { get; init; } = new(10, 30, 100);

    /// <summary>Unauthenticated connections of one source address; 0 is no limit.</summary>
    public int PerSource { get; init; } = 30;

    public TimeSpan LoginGrace { get; init; } = TimeSpan.FromSeconds(120);

    public int MaxTries { get; init; } = 6;

    /// <summary>Authentication requests of one connection, of any kind.</summary>
    public int MaxRequests { get; init; } = 128;

    /// <summary>Channels of one connection.</summary>
    public int MaxSessions { get; init; } = 1024;

    public PenaltyConfiguration Penalties { get; init; } = new();

    /// <summary>Bytes after which a key is exchanged anew; 0 is the cipher's own limit.</summary>
    public long RekeyBytes { get; init; }

    /// <summary>0 is never by time.</summary>
    public long RekeySeconds { get; init; } = 3600;
}

internal sealed record PenaltyConfiguration
{
    public bool Enabled { get; init; } = true;

    public TimeSpan AuthFail { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan NoAuth { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan GraceExceeded { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Crash { get; init; } = TimeSpan.FromSeconds(90);

    public TimeSpan Max { get; init; } = TimeSpan.FromMinutes(10);

    public int MaxSources { get; init; } = 65536;

    /// <summary>Sources that are never penalised. This machine is one by default: whatever runs here (a tunnel, a check) would pay for all others.</summary>
    public IReadOnlyList<IPNetwork> Exempt { get; init; } = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];
}
