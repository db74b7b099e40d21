using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>The channels of a relayed connection, dense: a look-up is an index, free numbers are used again, lowest first.</summary>
internal sealed class ChannelTable(int maxChannels)
{
    private ChannelSlot?[] _slots = [];
    private int _lowestFree;

    public int Count { get; private set; }

    /// <summary>A new slot, or null when there are <c>maxChannels</c> of them.</summary>
    public ChannelSlot? TryAdd(string channelType, Side openedBy)
    {
        if (Count == maxChannels) return null;
        while (_lowestFree < _slots.Length && _slots[_lowestFree] is not null) _lowestFree++;
        if (_lowestFree == _slots.Length) Array.Resize(ref _slots, Math.Max(2, _slots.Length * 2));
        var slot = new ChannelSlot((uint)_lowestFree, channelType, openedBy);
        _slots[_lowestFree++] = slot;
        Count++;
        return slot;
    }

    /// <exception cref="SshProtocolException">There is no such channel.</exception>
    public ChannelSlot Get(uint number)
    {
        ChannelSlot? slot = number < (uint)_slots.Length ? _slots[number] : null;
        return slot ?? throw new SshProtocolException(DisconnectReason.ProtocolError, "a message for a channel that does not exist");
    }

    public IEnumerable<ChannelSlot> All() => _slots.OfType<ChannelSlot>();

    public void Remove(ChannelSlot slot)
    {
        _slots[slot.Number] = null;
        Count--;
        if (slot.Number < (uint)_lowestFree) _lowestFree = (int)slot.Number;
    }
}
