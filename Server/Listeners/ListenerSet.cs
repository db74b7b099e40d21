using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Listeners;

/// <summary>The addresses a gateway listens on. A change opens all new ones before it closes any, or changes nothing.</summary>
internal sealed class ListenerSet(Action<Socket> accepted, ILogger logger, TimeProvider time)
{
    private readonly Lock _lock = new();
    private List<Listener> _open = [];
    private bool _isInherited;

    public IReadOnlyList<EndPoint> Addresses
    {
        get
        {
            lock (_lock) return [.. _open.Select(listener => listener.Address)];
        }
    }

    /// <summary>Listens on sockets of systemd. The configuration's addresses are not opened then, at a reload neither: the socket unit has them.</summary>
    public void Adopt(IReadOnlyList<Socket> inherited)
    {
        lock (_lock)
        {
            _isInherited = true;
            _open = [.. inherited.Select(Listener.Adopt)];
            foreach (Listener listener in _open) listener.Start(accepted, logger, time);
        }
    }

    /// <summary>Listens on exactly these addresses. Those that stay are not touched.</summary>
    /// <exception cref="IOException">One cannot be bound; everything is as it was.</exception>
    public void Change(IReadOnlyList<HostEndpoint> wanted)
    {
        lock (_lock)
        {
            if (_isInherited) return;
            HostEndpoint[] distinct = [.. wanted.Distinct()];
            Listener[] ending = [.. _open.Where(listener => !distinct.Contains(listener.Configured))];
            HostEndpoint[] missing = [.. distinct.Where(address => _open.TrueForAll(listener => listener.Configured != address))];
            (List<Listener> bound, List<Listener> closed) = Bind(missing, ending);
            foreach (Listener listener in ending.Except(closed)) Close(listener);
            foreach (Listener listener in bound) listener.Start(accepted, logger, time);
            _open = [.. _open.Except(ending), .. bound];
        }
    }

    public async Task StopAsync()
    {
        Listener[] all;
        lock (_lock)
        {
            all = [.. _open];
            _open = [];
        }

        foreach (Listener listener in all) await listener.StopAsync().ConfigureAwait(false);
    }

    private (List<Listener> Bound, List<Listener> Closed) Bind(HostEndpoint[] missing, Listener[] ending)
    {
        List<Listener> bound = [], closed = [];
        try
        {
            foreach (HostEndpoint address in missing) bound.Add(Bind(address, ending, closed));
            return (bound, closed);
        }
        catch (SocketException e)
        {
            foreach (Listener listener in bound) listener.Dispose();
            Restore(closed);
            throw new IOException($"{missing[bound.Count]} cannot be listened on: {e.Message}", e);
        }
    }

    // 0.0.0.0:22 and 192.0.2.1:22 cannot stand side by side: one that is to end and is in the way ends first.
    private Listener Bind(HostEndpoint address, Listener[] ending, List<Listener> closed)
    {
        try
        {
            return Listener.Bind(address);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            Listener[] inTheWay = [.. ending.Where(listener => listener.Configured.Port == address.Port && !closed.Contains(listener))];
            if (inTheWay.Length == 0) throw;
            foreach (Listener listener in inTheWay) Close(listener);
            closed.AddRange(inTheWay);
            return Listener.Bind(address);
        }
    }

    private void Restore(List<Listener> closed)
    {
        foreach (Listener old in closed)
        {
            _open.Remove(old);
            try
            {
                Listener again = Listener.Bind(old.Configured);
                again.Start(accepted, logger, time);
                _open.Add(again);
            }
            catch (SocketException e)
            {
                logger.AcceptFailed(e, old.Address);
            }
        }
    }

    private void Close(Listener listener)
    {
        listener.Dispose();
        logger.ListeningEnded(listener.Address);
    }
}
