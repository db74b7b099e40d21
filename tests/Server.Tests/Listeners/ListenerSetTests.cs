using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class ListenerSetTests : IAsyncLifetime
{
    private readonly BlockingCollection<Socket> _accepted = [];
    private readonly ListenerSet _set;

    public ListenerSetTests() => _set = new ListenerSet(_accepted.Add, NullLogger.Instance, TimeProvider.System);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _set.StopAsync();
        while (_accepted.TryTake(out Socket? socket)) socket.Dispose();
        _accepted.Dispose();
    }

    [Fact]
    public void Several_addresses_of_both_families_are_listened_on_with_ports_of_their_own()
    {
        _set.Change([new("127.0.0.1", 0), new("127.0.0.2", 0), new("::1", 0)]);
        foreach (EndPoint address in _set.Addresses) Assert.Equal(address, Connect(address));
        Assert.Equal(["127.0.0.1", "127.0.0.2", "::1"], _set.Addresses.Select(address => ((IPEndPoint)address).Address.ToString()));
    }

    [Fact]
    public void All_addresses_of_both_families_stand_beside_each_other_on_one_port()
    {
        int port = FreePort();
        _set.Change([new("::", port), new("0.0.0.0", port)]);
        Connect(new IPEndPoint(IPAddress.Loopback, port));
        Connect(new IPEndPoint(IPAddress.IPv6Loopback, port));
    }

    [Fact]
    public void A_change_opens_new_addresses_closes_old_ones_and_leaves_those_that_stay()
    {
        HostEndpoint stays = new("127.0.0.1", 0), goes = new("127.0.0.2", 0), comes = new("127.0.0.3", 0);
        _set.Change([stays, goes]);
        (EndPoint first, EndPoint second) = (_set.Addresses[0], _set.Addresses[1]);
        using Socket old = Open(second);
        using Socket live = _accepted.Take();
        _set.Change([stays, comes]);
        Assert.Equal(first, _set.Addresses[0]);
        Connect(first);
        Connect(_set.Addresses[1]);
        Assert.Throws<SocketException>(() => Open(second));
        // The connection that came through the closed address goes on.
        live.Send("still"u8);
        byte[] buffer = new byte[16];
        Assert.Equal(5, old.Receive(buffer));
    }

    [Fact]
    public void An_address_that_cannot_be_bound_leaves_everything_as_it_was()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen(1);
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        _set.Change([new("127.0.0.2", 0)]);
        EndPoint before = _set.Addresses[0];
        IOException error = Assert.Throws<IOException>(() => _set.Change([new("127.0.0.3", 0), new("127.0.0.1", port)]));
        Assert.Contains($"127.0.0.1:{port} cannot be listened on", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Assert.Single(_set.Addresses));
        Connect(before);
    }

    [Fact]
    public void All_addresses_can_give_way_to_one_and_come_back()
    {
        int port = FreePort();
        _set.Change([new("0.0.0.0", port)]);
        _set.Change([new("127.0.0.1", port)]);
        Connect(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Throws<SocketException>(() => Open(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port)));
        _set.Change([new("0.0.0.0", port)]);
        Connect(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
    }

    [Fact]
    public void Sockets_that_were_handed_over_are_used_in_place_of_the_configuration_s()
    {
        var inherited = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        inherited.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        inherited.Listen(1);
        EndPoint address = inherited.LocalEndPoint!;
        _set.Adopt([inherited]);
        Connect(address);
        _set.Change([new("127.0.0.5", 0)]);
        Assert.Equal(address, Assert.Single(_set.Addresses));
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static Socket Open(EndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Whoever connects is accepted; the address he came to.
    private EndPoint Connect(EndPoint address)
    {
        using Socket client = Open(address);
        Assert.True(_accepted.TryTake(out Socket? accepted, TimeSpan.FromSeconds(30)));
        using (accepted) return accepted.LocalEndPoint!;
    }
}
