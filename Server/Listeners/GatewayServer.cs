using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Listeners;

/// <summary>Listens on the gateway's addresses and owns every session until it has ended.</summary>
internal sealed class GatewayServer(GatewayServices services) : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _accepting = [];
    private readonly ConcurrentDictionary<GatewaySession, Task> _sessions = new();
    private readonly Admission _admission = new(services.Configuration.Limits, Random.Shared.Next);
    private readonly CancellationTokenSource _stopping = new();
    private Task _ticking = Task.CompletedTask;

    /// <summary>The addresses that are listened on, with the port that a 0 became.</summary>
    public IReadOnlyList<EndPoint> Addresses => [.. _sockets.Select(socket => socket.LocalEndPoint!)];

    /// <summary>Binds every address and begins to accept.</summary>
    /// <exception cref="SocketException">An address cannot be bound.</exception>
    public void Start()
    {
        foreach (HostEndpoint address in services.Configuration.Listen) Listen(new IPEndPoint(IPAddress.Parse(address.Host), address.Port));
        foreach (Socket socket in _sockets)
        {
            services.Logger.Listening(socket.LocalEndPoint!);
            _accepting.Add(Task.Run(() => AcceptAsync(socket)));
        }

        _ticking = Task.Run(TickAsync);
    }

    /// <summary>Stops accepting, ends all sessions with the reason, and waits for them as long as the token lets it.</summary>
    public async Task StopAsync(string reason, CancellationToken deadline)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (Socket socket in _sockets) socket.Dispose();
        GatewaySession[] sessions = [.. _sessions.Keys];
        services.Logger.Stopping(sessions.Length);
        try
        {
            await Task.WhenAll(sessions.Select(session => session.EndAsync(reason))).WaitAsync(deadline).ConfigureAwait(false);
            await Task.WhenAll([.. _sessions.Values, .. _accepting, _ticking]).WaitAsync(deadline).ConfigureAwait(false);
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

    private void Listen(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(address);
            socket.Listen(512);
            _sockets.Add(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Begin(socket);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (_stopping.IsCancellationRequested) return;
                // Out of descriptors, most likely: those who are connected go on, others wait in the backlog for a moment.
                services.Logger.AcceptFailed(e, listener.LocalEndPoint!);
                await Task.Delay(TimeSpan.FromMilliseconds(100), services.Time).ConfigureAwait(false);
            }
        }
    }

    private void Begin(Socket socket)
    {
        GatewaySession session;
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            var transport = new SshTransport(new NetworkStream(socket, ownsSocket: true), isServer: true, services.ClientLeg);
            session = new GatewaySession(socket, transport, services.Time.GetTimestamp());
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The peer left before it was looked at.
            socket.Dispose();
            return;
        }

        if (!_admission.TryEnter(session.Source.Address, out string refusal))
        {
            services.Logger.Refused(session.Source, refusal);
            session.Client.Abort();
            return;
        }

        // Whoever stops the gateway waits for Ended; RunAsync itself cannot throw.
        _sessions[session] = session.Ended;
        _ = Task.Run(() => RunAsync(session));
        if (_stopping.IsCancellationRequested) session.Client.Abort();
    }

    private async Task RunAsync(GatewaySession session)
    {
        int inside = 1;
        void Leave()
        {
            if (Interlocked.Exchange(ref inside, 0) == 1) _admission.Leave(session.Source.Address);
        }

        try
        {
            await new SessionPipeline(services, session, Leave).RunAsync().ConfigureAwait(false);
        }
        finally
        {
            Leave();
            _sessions.TryRemove(session, out _);
            session.SetEnded();
        }
    }

    /// <summary>The one timer of all sessions.</summary>
    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), services.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                foreach (KeyValuePair<GatewaySession, Task> entry in _sessions) Tick(entry.Key);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private void Tick(GatewaySession session)
    {
        try
        {
            session.Tick();
        }
        catch (Exception e)
        {
            services.Logger.TimerFailed(e);
        }
    }
}
