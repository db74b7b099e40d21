using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Held;

namespace SshGateway.Server.Relay;

/// <summary>What a client asked for before the destination was there (see <see cref="HeldClient"/>) is taken over, in its order.</summary>
internal sealed partial class RelayPair
{
    /// <summary>The client was held; null: it was not.</summary>
    public HeldClient? Held { get; init; }

    /// <summary>Its session, opened at the destination; null: it has none.</summary>
    public HeldOpening? HeldSession { get; init; }

    /// <summary>Before the pumps run.</summary>
    /// <exception cref="SshProtocolException">The client broke the protocol.</exception>
    private void TakeOverHeld()
    {
        if (HeldSession is { Opened: { } opened } opening) Adopt(opening.Session, opened);
        foreach (byte[] frame in Held?.Messages ?? []) Handle(Side.Client, PacketView.FromFrame(frame));
        foreach (byte[] frame in HeldSession?.Messages ?? []) Handle(Side.Destination, PacketView.FromFrame(frame));
        _client.FlushInBackground();
        _destination.FlushInBackground();
    }

    private void Adopt(HeldSession session, OpenedSession opened)
    {
        lock (_lock)
        {
            ChannelSlot slot = _channels.TryAdd("session", Side.Client)!;
            slot[Side.Client].Id = session.Peer;
            slot[Side.Client].MaxPacket = session.MaxPacket;
            slot[Side.Destination].Grant(session.Window);
            TapOpening(slot, []);
            slot.Confirm(Side.Destination, opened.Peer, opened.Window);
            slot.Tap?.Confirmed();
            // byte SSH_MSG_CHANNEL_WINDOW_ADJUST, uint32 recipient channel, uint32 bytes to add: the client had none so far.
            using var writer = new SshWriter(stackalloc byte[16]);
            writer.WriteMessageId(MessageId.ChannelWindowAdjust);
            writer.WriteUInt32(session.Peer);
            writer.WriteUInt32(opened.Window);
            if (opened.Window > 0) _client.Write(writer.Written);
        }
    }
}
