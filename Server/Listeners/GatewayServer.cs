using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Health;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;

namespace SshGateway.Server.Listeners;

/// <summary>Listens on the gateway's addresses and owns every session until it has ended.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<GatewaySession, Task> _sessions = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly ListenerSet _listeners;
    private readonly FrontDoor _door;
    private GatewayServices _services;
    private Task _ticking = Task.CompletedTask;
    private Task _checking = Task.CompletedTask;

    public GatewayServer(GatewayServices services)
    {
        _services = services;
        _log = services.Logger;
        _time = services.Time;
        _door = new FrontDoor(services.Configuration.Limits, _log, _time);
        _listeners = new ListenerSet(Begin, _log, _time);
    }

    /// <summary>The snapshot in force, for new sessions.</summary>
    public GatewayServices Services => Volatile.Read(ref _services);

    /// <summary>The addresses that are listened on, with the port that a 0 became.</summary>
    public IReadOnlyList<EndPoint> Addresses => _listeners.Addresses;

    /// <summary>Sessions of any age.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>Nobody new is accepted any more.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Sessions that log in, that wait for their destination, and that relay.</summary>
    public (int InLogin, int Starting, int Relaying) CountSessions()
    {
        int inLogin = 0, starting = 0, relaying = 0;
        foreach (KeyValuePair<GatewaySession, Task> entry in _sessions)
        {
            if (!entry.Key.IsAuthenticated) inLogin++;
            else if (entry.Key.Relay is null) starting++;
            else relaying++;
        }

        return (inLogin, starting, relaying);
    }

    /// <summary>Once a second, from the timer of all sessions.</summary>
    public Action? Ticked { get; set; }

    /// <summary>Binds every address, or takes sockets that listen already, and begins to accept.</summary>
    /// <exception cref="IOException">An address cannot be bound.</exception>
    public void Start(IReadOnlyList<Socket>? inherited = null)
    {
        if (inherited is { Count: > 0 }) _listeners.Adopt(inherited);
        else _listeners.Change(Services.Configuration.Listen);
        _ticking = Task.Run(TickAsync);
        _checking = Task.Run(() => new BackgroundChecks(() => Services).RunAsync(_time, _stopping.Token));
    }

    /// <summary>New sessions get another configuration; those that live keep theirs. Addresses open and close as it says.</summary>
    /// <exception cref="IOException">An address cannot be bound; everything is as it was.</exception>
    public void Apply(GatewayServices next)
    {
        _listeners.Change(next.Configuration.Listen);
        GatewayServices old = Interlocked.Exchange(ref _services, next);
        _door.Limits = next.Configuration.Limits;
        old.Keys?.Release();
    }

    /// <summary>Stops accepting, ends all sessions with the reason, and waits for them as long as the token lets it.</summary>
    public async Task StopAsync(string reason, CancellationToken deadline)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task accepting = _listeners.StopAsync();
        GatewaySession[] sessions = [.. _sessions.Keys];
        _log.Stopping(sessions.Length);
        try
        {
            await Task.WhenAll(sessions.Select(session => session.EndAsync(reason))).WaitAsync(deadline).ConfigureAwait(false);
            await Task.WhenAll([.. _sessions.Values, accepting, _ticking, _checking]).WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever is left is cut off with the process.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested) await StopAsync("the gateway is stopping", CancellationToken.None).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Begin(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            IPEndPoint peer = RouteTable.Plain((IPEndPoint)socket.RemoteEndPoint!);
            IPEndPoint local = RouteTable.Plain((IPEndPoint)socket.LocalEndPoint!);
            if (FrontDoor.IsProxy(peer.Address, Services.Configuration)) _ = Task.Run(() => BeginProxiedAsync(socket, peer, local));
            else Begin(socket, peer, local);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The peer left before it was looked at.
            socket.Dispose();
        }
    }

    private async Task BeginProxiedAsync(Socket socket, IPEndPoint proxy, IPEndPoint local)
    {
        try
        {
            ProxiedConnection? told = await _door.ReadHeaderAsync(socket, proxy, _stopping.Token).ConfigureAwait(false);
            Begin(socket, told is null ? proxy : RouteTable.Plain(told.Source), told is null ? local : RouteTable.Plain(told.Destination));
        }
        catch (Exception e) when (e is ProxyHeaderException or SocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // Said in the log where it is worth a line.
            socket.Dispose();
        }
    }

    private void Begin(Socket socket, IPEndPoint source, IPEndPoint local)
    {
        if (!_door.TryEnter(socket, source)) return;
        GatewayServices services = Acquire();
        var transport = new SshTransport(new NetworkStream(socket, ownsSocket: true), isServer: true, services.ClientLeg);
        var session = new GatewaySession(socket, transport, source, local, _log, _time.GetTimestamp());
        // Whoever stops the gateway waits for Ended; RunAsync itself cannot throw.
        _sessions[session] = session.Ended;
        _ = Task.Run(() => RunAsync(session, services));
        if (_stopping.IsCancellationRequested) session.Client.Abort();
    }

    private GatewayServices Acquire()
    {
        while (true)
        {
            GatewayServices services = Services;
            if (services.Keys is null || services.Keys.TryAcquire()) return services;
        }
    }

    private async Task RunAsync(GatewaySession session, GatewayServices services)
    {
        int inside = 1;
        void Leave()
        {
            if (Interlocked.Exchange(ref inside, 0) == 1) _door.Leave(session.Source.Address);
        }

        void Authenticated()
        {
            session.IsAuthenticated = true;
            ServerMetrics.Authenticated();
            Leave();
        }

        try
        {
            await new SessionPipeline(services, session, Authenticated).RunAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!session.IsAuthenticated) ServerMetrics.NotAuthenticated(session.Outcome);
            if (!_stopping.IsCancellationRequested) _door.Report(session.Source.Address, session.Outcome);
            Leave();
            services.Keys?.Release();
            _sessions.TryRemove(session, out _);
            session.SetEnded();
        }
    }

    /// <summary>The one timer of all sessions.</summary>
    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                Tick(_door.Tick);
                if (Ticked is { } ticked) Tick(ticked);
                foreach (KeyValuePair<GatewaySession, Task> entry in _sessions) Tick(entry.Key.Tick);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private void Tick(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _log.TimerFailed(e);
        }
    }
}
