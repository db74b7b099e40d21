using System.Buffers.Binary;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>Messages of the connection protocol (RFC 4254): dispatch, channel life, windows and data.</summary>
internal sealed partial class RelayPair
{
    /// <summary>Largest channel packet let through in an offer: with its header it stays below the transport's limit of 256 KiB.</summary>
    internal const uint MaxChannelPacket = 248 * 1024;

    private const int RecipientAt = 1;

    /// <summary>
    /// Forwards, answers or drops one message from <paramref name="side"/>. False: it is held back, and <see cref="ReleaseHeldAsync"/> must be
    /// awaited before the next one.
    /// </summary>
    /// <exception cref="SshProtocolException">The side broke the protocol.</exception>
    public bool Handle(Side side, PacketView packet)
    {
        if (_tap is not null && !(side == Side.Destination ? IsSettled(packet) : IsPrepared(packet))) return false;
        Dispatch(side, packet);
        return true;
    }

    private void Dispatch(Side side, PacketView packet)
    {
        switch (packet.Id)
        {
            case MessageId.ChannelData:
            case MessageId.ChannelExtendedData:
                ForwardData(side, packet);
                return;
            case MessageId.ChannelWindowAdjust:
                ForwardWindowAdjust(side, packet);
                return;
        }

        lock (_lock)
        {
            switch (packet.Id)
            {
                case MessageId.GlobalRequest:
                    HandleGlobalRequest(side, packet);
                    break;
                case MessageId.RequestSuccess:
                case MessageId.RequestFailure:
                    HandleGlobalReply(side, packet);
                    break;
                case MessageId.ChannelOpen:
                    HandleOpen(side, packet);
                    break;
                case MessageId.ChannelOpenConfirmation:
                    HandleOpenConfirmation(side, packet);
                    break;
                case MessageId.ChannelOpenFailure:
                    HandleOpenFailure(side, packet);
                    break;
                case MessageId.ChannelRequest:
                    HandleChannelRequest(side, packet);
                    break;
                case MessageId.ChannelSuccess:
                case MessageId.ChannelFailure:
                    HandleChannelReply(side, packet);
                    break;
                case MessageId.ChannelEof:
                    HandleEof(side, packet);
                    break;
                case MessageId.ChannelClose:
                    HandleClose(side, packet);
                    break;
                case > MessageId.ChannelFailure and <= (MessageId)127:
                    // Channel messages to come: the recipient stands where it always does.
                    ForwardTo(side, OpenSlot(side, packet.Payload), packet);
                    break;
                case MessageId.UserauthRequest when side == Side.Client:
                    // After success further requests are ignored (RFC 4252 §5.1).
                    break;
                case < (MessageId)80:
                    throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {(byte)packet.Id}");
                default:
                    Transport(side).WriteUnimplemented(packet.SequenceNumber);
                    break;
            }
        }
    }

    private static uint ReadUInt32(ReadOnlySpan<byte> payload, int at)
    {
        if (payload.Length < at + 4) throw new SshProtocolException(DisconnectReason.ProtocolError, "a message is too short");
        return BinaryPrimitives.ReadUInt32BigEndian(payload[at..]);
    }

    /// <summary>The slot a message is for, which both sides must know and this one must not have closed.</summary>
    private ChannelSlot OpenSlot(Side side, ReadOnlySpan<byte> payload)
    {
        ChannelSlot slot = _channels.Get(ReadUInt32(payload, RecipientAt));
        if (!slot.IsOpen || slot[side].CloseSent)
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"message {payload[0]} for a channel that is not open");
        return slot;
    }

    private void ForwardTo(Side from, ChannelSlot slot, PacketView packet)
    {
        Side to = from.Other();
        if (slot.Backlog is { IsWaiting: true } backlog && to == Side.Client && packet.Id != MessageId.ChannelWindowAdjust)
        {
            backlog.Enqueue(packet);
            return;
        }

        BinaryPrimitives.WriteUInt32BigEndian(packet.Payload[RecipientAt..], slot[to].Id);
        Transport(to).Forward(packet);
    }

    /// <summary>The hot path: look up, count, rewrite four bytes, seal. The lock is not held while sealing: one pump writes a direction's data.</summary>
    private void ForwardData(Side side, PacketView packet)
    {
        // byte SSH_MSG_CHANNEL_DATA, uint32 recipient channel, string data
        // byte SSH_MSG_CHANNEL_EXTENDED_DATA, uint32 recipient channel, uint32 data_type_code, string data
        Span<byte> payload = packet.Payload;
        int lengthAt = packet.Id == MessageId.ChannelData ? 5 : 9;
        uint length = ReadUInt32(payload, lengthAt);
        if (length != (uint)(payload.Length - lengthAt - 4))
            throw new SshProtocolException(DisconnectReason.ProtocolError, "channel data has an invalid length");
        IChannelTap? tap;
        bool waits;
        lock (_lock)
        {
            ChannelSlot slot = OpenSlot(side, payload);
            slot[side].Spend(length);
            BinaryPrimitives.WriteUInt32BigEndian(payload[RecipientAt..], slot[side.Other()].Id);
            tap = slot.Tap;
            waits = side == Side.Destination && WaitsBehindBacklog(slot, packet, length);
        }

        tap?.Data(StreamOf(side, packet.Id), payload[(lengthAt + 4)..]);
        if (side == Side.Client) _dataFromClient += length;
        else _dataFromDestination += length;
        if (waits) return;
        Transport(side.Other()).Forward(packet);
    }

    private void ForwardWindowAdjust(Side side, PacketView packet)
    {
        // byte SSH_MSG_CHANNEL_WINDOW_ADJUST, uint32 recipient channel, uint32 bytes to add
        Span<byte> payload = packet.Payload;
        uint bytes = ReadUInt32(payload, 5);
        lock (_lock)
        {
            ChannelSlot slot = OpenSlot(side, payload);
            uint passed = side == Side.Client ? GrantLessDebt(slot, bytes) : bytes;
            slot[side.Other()].Grant(passed);
            if (passed != bytes)
            {
                if (passed == 0) return;
                BinaryPrimitives.WriteUInt32BigEndian(payload[5..], passed);
            }

            ForwardTo(side, slot, packet);
        }
    }

    private void HandleOpen(Side side, PacketView packet)
    {
        // byte SSH_MSG_CHANNEL_OPEN, string channel type, uint32 sender channel, uint32 initial window, uint32 maximum packet, …
        Span<byte> payload = packet.Payload;
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        string type = reader.ReadAscii(256);
        int senderAt = payload.Length - reader.Remaining;
        uint sender = reader.ReadUInt32();
        uint window = reader.ReadUInt32();
        uint maxPacket = reader.ReadUInt32();
        OpenRefusal? refusal = side == Side.Client ? _policy.CheckOpen(type, reader.Rest) : CheckOpenByDestination(type);
        ChannelSlot? slot = refusal is null ? _channels.TryAdd(type, side) : null;
        if (slot is null)
        {
            RefuseOpen(side, sender, refusal ?? new OpenRefusal(OpenFailureReason.ResourceShortage, "too many channels"));
            return;
        }

        slot[side].Id = sender;
        slot[side].MaxPacket = maxPacket;
        slot[side.Other()].Grant(window);
        TapOpening(slot, reader.Rest);
        BinaryPrimitives.WriteUInt32BigEndian(payload[senderAt..], slot.Number);
        BinaryPrimitives.WriteUInt32BigEndian(payload[(senderAt + 8)..], Math.Min(maxPacket, MaxChannelPacket));
        Transport(side.Other()).Forward(packet);
    }

    /// <summary>A destination may open only what the client has asked for: a client that did not would warn of a break-in, or worse.</summary>
    private OpenRefusal? CheckOpenByDestination(string type)
    {
        bool allowed = type switch
        {
            "forwarded-tcpip" => _remoteForwards > 0,
            "forwarded-streamlocal@openssh.com" => _streamlocalForwards > 0,
            "x11" => _x11Requested,
            "auth-agent@openssh.com" or "auth-agent" => _agentRequested,
            "tun@openssh.com" => false,
            _ => false,
        };
        return allowed ? null : new OpenRefusal(OpenFailureReason.AdministrativelyProhibited, "not requested by the client");
    }

    private void RefuseOpen(Side side, uint sender, OpenRefusal refusal)
    {
        // byte SSH_MSG_CHANNEL_OPEN_FAILURE, uint32 recipient channel, uint32 reason code, string description, string language tag
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.ChannelOpenFailure);
        writer.WriteUInt32(sender);
        writer.WriteUInt32((uint)refusal.Reason);
        writer.WriteString(refusal.Message);
        writer.WriteString("");
        Transport(side).Write(writer.Written);
    }

    private void HandleOpenConfirmation(Side side, PacketView packet)
    {
        // byte SSH_MSG_CHANNEL_OPEN_CONFIRMATION, uint32 recipient, uint32 sender, uint32 initial window, uint32 maximum packet, …
        Span<byte> payload = packet.Payload;
        ChannelSlot slot = PendingSlot(side, payload);
        uint sender = ReadUInt32(payload, 5);
        uint window = ReadUInt32(payload, 9);
        uint maxPacket = ReadUInt32(payload, 13);
        slot.Confirm(side, sender, window);
        slot.Tap?.Confirmed();
        BinaryPrimitives.WriteUInt32BigEndian(payload[5..], slot.Number);
        BinaryPrimitives.WriteUInt32BigEndian(payload[13..], Math.Min(maxPacket, MaxChannelPacket));
        ForwardTo(side, slot, packet);
    }

    private void HandleOpenFailure(Side side, PacketView packet)
    {
        ChannelSlot slot = PendingSlot(side, packet.Payload);
        ForwardTo(side, slot, packet);
        slot.Tap?.Closed();
        _channels.Remove(slot);
    }

    /// <summary>The slot of a channel that the other side has opened and this one is to answer.</summary>
    private ChannelSlot PendingSlot(Side side, ReadOnlySpan<byte> payload)
    {
        ChannelSlot slot = _channels.Get(ReadUInt32(payload, RecipientAt));
        if (slot.IsOpen || slot.OpenedBy == side)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "an answer to a channel that was not being opened");
        return slot;
    }

    private void HandleEof(Side side, PacketView packet)
    {
        ChannelSlot slot = OpenSlot(side, packet.Payload);
        if (slot[side].EofSent) return;
        slot[side].EofSent = true;
        slot.Tap?.EndOfFile(side);
        ForwardTo(side, slot, packet);
    }

    private void HandleClose(Side side, PacketView packet)
    {
        ChannelSlot slot = OpenSlot(side, packet.Payload);
        slot[side].CloseSent = true;
        ForwardTo(side, slot, packet);
        if (side == Side.Client) DropBacklog(slot);
        if (!slot.IsClosed) return;
        slot.Tap?.Closed();
        _channels.Remove(slot);
    }
}
