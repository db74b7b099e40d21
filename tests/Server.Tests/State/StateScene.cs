using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.State;
using SshGateway.Server.Tests.Relay;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;

namespace SshGateway.Server.Tests.State;

/// <summary>A gateway's state with sessions that relay between two peers of the test.</summary>
internal sealed class StateScene : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<RelayFixture> _relays = [];
    private readonly List<Socket> _sockets = [];

    public StateScene(TimeSpan? lease = null)
    {
        var configuration = new GatewayConfiguration { State = new StateConfiguration { Lease = lease ?? TimeSpan.FromSeconds(15) } };
        State = new GatewayState(Store, "gw1", configuration, TimeProvider.System, NullLogger.Instance);
    }

    public MemoryStateStore Store { get; } = new();

    public GatewayState State { get; }

    /// <summary>A session of a user on a host, registered as a login does it.</summary>
    public async Task<(LiveConnection Connection, RelayFixture Relay)> LogInAsync(string user, string host)
    {
        RelayFixture relay = await RelayFixture.StartAsync();
        _relays.Add(relay);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        Socket accepted = await listener.AcceptAsync();
        _sockets.AddRange([client, accepted]);
        var transport = new SshTransport(Stream.Null, isServer: false, new SshTransportOptions { Algorithms = OfferedAlgorithms.Destination(false), SoftwareVersion = "Test" });
        var session = new GatewaySession(
            accepted, transport, (IPEndPoint)client.LocalEndPoint!, (IPEndPoint)accepted.LocalEndPoint!, NullLogger.Instance, TimeProvider.System.GetTimestamp())
        { User = user, Relay = relay.Pair };
        var record = new ConnectionRecord
        {
            Id = session.Id,
            Gateway = State.Gateway,
            User = user,
            Service = "default",
            Client = session.Source.ToString(),
            From = session.Local.ToString(),
            Host = host,
            Start = DateTimeOffset.UtcNow,
        };
        await Store.PutConnectionsAsync([record], CancellationToken.None);
        var connection = new LiveConnection(session, RouteConfiguration.Default, record);
        State.Connections.Add(connection);
        return (connection, relay);
    }

    public async Task<ConnectionRecord> StoredAsync(LiveConnection connection) =>
        (await Store.GetConnectionsAsync(CancellationToken.None)).Single(stored => stored.Id == connection.Record.Id);

    public static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(10, deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await State.StopAsync(deadline.Token);
        await State.DisposeAsync();
        foreach (RelayFixture relay in _relays) await relay.DisposeAsync();
        foreach (Socket socket in _sockets) socket.Dispose();
        await Store.DisposeAsync();
    }
}
