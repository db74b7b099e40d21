using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>The channels of a connection, by our number: small numbers are used again, so that looking up is an index.</summary>
internal sealed class ChannelTable(int capacity)
{
    private readonly Lock _lock = new();
    private readonly List<SshChannel?> _channels = [];
    private readonly Stack<uint> _free = new();
    private Exception? _end;

    public int Count
    {
        get
        {
            lock (_lock) return _channels.Count - _free.Count;
        }
    }

    /// <summary>Makes a channel with a free number; null when all are taken.</summary>
    /// <exception cref="SshConnectionClosedException">The connection has ended.</exception>
    public SshChannel? TryAdd(Func<uint, SshChannel> create)
    {
        lock (_lock)
        {
            if (_end is not null) throw new SshConnectionClosedException("the connection has ended", DisconnectReason.ConnectionLost, _end);
            if (_free.Count == 0)
            {
                if (_channels.Count == capacity) return null;
                _free.Push((uint)_channels.Count);
                _channels.Add(null);
            }

            SshChannel channel = create(_free.Peek());
            _channels[(int)_free.Pop()] = channel;
            return channel;
        }
    }

    /// <exception cref="SshProtocolException">There is no such channel.</exception>
    public SshChannel Get(uint id)
    {
        lock (_lock)
        {
            if (id < (uint)_channels.Count && _channels[(int)id] is { } channel) return channel;
        }

        throw new SshProtocolException(DisconnectReason.ProtocolError, "a message for a channel that does not exist");
    }

    public void Remove(SshChannel channel)
    {
        lock (_lock)
        {
            if (_channels[(int)channel.LocalId] != channel) return;
            _channels[(int)channel.LocalId] = null;
            _free.Push(channel.LocalId);
        }
    }

    /// <summary>No channel is added any more; returns those that were there.</summary>
    public SshChannel[] End(Exception error)
    {
        lock (_lock)
        {
            _end ??= error;
            return [.. _channels.Where(channel => channel is not null).Select(channel => channel!)];
        }
    }
}
