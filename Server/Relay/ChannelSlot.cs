using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>
/// One channel of a relayed connection. Its number in the <see cref="ChannelTable"/> is the channel id that both peers are shown.
/// </summary>
internal sealed class ChannelSlot(uint number, string channelType, Side openedBy)
{
    private PerSide _client;
    private PerSide _destination;

    public uint Number { get; } = number;

    public string ChannelType { get; } = channelType;

    public Side OpenedBy { get; } = openedBy;

    /// <summary>What waits for the client's window since the gateway has shown something here; null: nothing was shown, or all is settled.</summary>
    public ClientBacklog? Backlog { get; set; }

    /// <summary>The client has asked for a terminal, and was not refused it.</summary>
    public bool HasTerminal { get; set; }

    /// <summary>A shell, command or subsystem was asked for.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Who looks on; null: nobody.</summary>
    public IChannelTap? Tap { get; set; }

    /// <summary>Both sides know each other's ids.</summary>
    public bool IsOpen { get; private set; }

    public bool IsClosed => _client.CloseSent && _destination.CloseSent;

    /// <summary>Of one side: the id it knows the channel by, what it may still send, what it has sent.</summary>
    public ref PerSide this[Side side] => ref side == Side.Client ? ref _client : ref _destination;

    public void Confirm(Side confirmedBy, uint id, uint window)
    {
        this[confirmedBy].Id = id;
        this[confirmedBy.Other()].Grant(window);
        IsOpen = true;
    }

    internal struct PerSide
    {
        /// <summary>The peer's own number for the channel.</summary>
        public uint Id;

        /// <summary>Replies this side waits for.</summary>
        public ReplyQueue Replies;

        public bool EofSent;

        public bool CloseSent;

        /// <summary>Bytes of data this side has sent.</summary>
        public ulong DataBytes;

        /// <summary>Largest packet of data that this side takes.</summary>
        public uint MaxPacket;

        private long _window;
        private long _largestWindow;

        /// <summary>What this side may still send.</summary>
        public readonly long Window => _window;

        /// <summary>The other side lets this one send that much more (RFC 4254 §5.2).</summary>
        public void Grant(uint bytes)
        {
            _window += bytes;
            if (_window > uint.MaxValue)
                throw new SshProtocolException(DisconnectReason.ProtocolError, "a window grows past 2^32-1 bytes");
            if (_window > _largestWindow) _largestWindow = _window;
        }

        /// <summary>
        /// This side sends data. A tenth of the window may be overdrawn, as OpenSSH lets its peers do; what an end thinks of that is its own affair.
        /// </summary>
        public void Spend(uint bytes)
        {
            if (EofSent || CloseSent) throw new SshProtocolException(DisconnectReason.ProtocolError, "data after the end of a channel");
            _window -= bytes;
            if (_window < -(_largestWindow / 10)) throw new SshProtocolException(DisconnectReason.ProtocolError, "data beyond the channel's window");
            DataBytes += bytes;
        }
    }
}
