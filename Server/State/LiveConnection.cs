using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>A connection that is registered in the store.</summary>
internal sealed class LiveConnection(GatewaySession session, RouteConfiguration route, ConnectionRecord record)
{
    private ConnectionRecord _record = record;
    private int _isEnding;

    public GatewaySession Session { get; } = session;

    public RouteConfiguration Route { get; } = route;

    /// <summary>As it was last written; without traffic.</summary>
    public ConnectionRecord Record
    {
        get => Volatile.Read(ref _record);
        set => Volatile.Write(ref _record, value);
    }

    public bool IsEnding => Volatile.Read(ref _isEnding) != 0;

    /// <summary>True the first time: it is to be ended, and once is enough.</summary>
    public bool TryBeginEnd() => Interlocked.Exchange(ref _isEnding, 1) == 0;

    /// <summary>What the traffic reporter said last; only that touches it.</summary>
    public TrafficMemory Traffic { get; } = new();
}

/// <summary>What was last reported of a connection's traffic.</summary>
internal sealed class TrafficMemory
{
    public ulong FromClient { get; set; }

    public ulong FromDestination { get; set; }

    /// <summary>The last report was not zero: one of zero must follow when nothing passes any more.</summary>
    public bool WasBusy { get; set; }

    public DateTimeOffset LastActive { get; set; }
}
