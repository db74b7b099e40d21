using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>The messages of the transport layer itself; they are never seen by the layers above.</summary>
public sealed partial class SshTransport
{
    /// <summary>A client may send one EXT_INFO, a server two (RFC 8308 §2.4).</summary>
    private int _extInfosReceived;

    /// <summary>Extensions of the peer's EXT_INFO (RFC 8308), by name.</summary>
    public IReadOnlyDictionary<string, byte[]> PeerExtensions => _peerExtensions;

    private readonly Dictionary<string, byte[]> _peerExtensions = new(StringComparer.Ordinal);

    /// <summary>Raised for SSH_MSG_DEBUG with always_display and the like; text as sent, to be escaped before it is shown.</summary>
    public Action<byte[]>? DebugReceived { get; set; }

    /// <summary>Answers a message that nobody knows (RFC 4253 §11.4).</summary>
    public void WriteUnimplemented(uint sequenceNumber)
    {
        using var writer = new SshWriter(stackalloc byte[8]);
        writer.WriteMessageId(MessageId.Unimplemented);
        writer.WriteUInt32(sequenceNumber);
        Write(writer.Written);
    }

    /// <summary>Deals with a transport message and returns true; false: the message is for the layers above.</summary>
    private bool HandleTransportMessage(PacketView packet)
    {
        MessageId id = packet.Id;
        bool isFirstKex = KeyExchanges == 0;
        if (isFirstKex && _isStrict && !IsExpectedInStrictKex(id))
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {(byte)id} during strict key exchange");
        switch (id)
        {
            case MessageId.Disconnect:
                ThrowDisconnected(packet.Payload);
                return true;
            case MessageId.Ignore:
                return true;
            case MessageId.Unimplemented:
                // uint32 packet sequence number of rejected message
                if (isFirstKex || IsPeerExchangingKeys)
                    throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the peer does not implement a key exchange message");
                return true;
            case MessageId.Debug:
                HandleDebug(packet.Payload);
                return true;
            case MessageId.KexInit:
                BeginPeerKeyExchange(packet);
                return true;
            case MessageId.NewKeys:
                HandleNewKeys(packet.Payload);
                return true;
            case >= (MessageId)30 and <= (MessageId)49:
                HandleKexMethodMessage(packet.Payload);
                return true;
        }

        if (isFirstKex || IsPeerExchangingKeys)
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {(byte)id} during key exchange");
        switch (id)
        {
            case MessageId.ExtInfo:
                HandleExtInfo(packet.Payload);
                return true;
            case MessageId.Ping:
                HandlePing(packet.Payload);
                return true;
            case MessageId.Pong:
                return true;
            case 0:
            case > (MessageId)7 and < (MessageId)20:
            case > (MessageId)21 and < (MessageId)30:
                WriteUnimplemented(packet.SequenceNumber);
                return true;
            default:
                return false;
        }
    }

    private static bool IsExpectedInStrictKex(MessageId id) => id is MessageId.Disconnect or MessageId.NewKeys || id is >= (MessageId)30 and <= (MessageId)49;

    private static void ThrowDisconnected(ReadOnlySpan<byte> payload)
    {
        // byte SSH_MSG_DISCONNECT, uint32 reason code, string description, string language tag
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        var reason = (DisconnectReason)reader.ReadUInt32();
        string description = System.Text.Encoding.UTF8.GetString(reader.ReadString(1024));
        throw new SshConnectionClosedException($"the peer disconnected: {PeerText.Escape(description)}", reason);
    }

    private void HandleDebug(ReadOnlySpan<byte> payload)
    {
        // byte SSH_MSG_DEBUG, boolean always_display, string message, string language tag
        if (DebugReceived is not { } received) return;
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        reader.ReadBoolean();
        received(reader.ReadString().ToArray());
    }

    private void HandleExtInfo(ReadOnlySpan<byte> payload)
    {
        // byte SSH_MSG_EXT_INFO, uint32 nr-extensions, then so often: string name, string value (RFC 8308 §2.3)
        if (++_extInfosReceived > (IsServer ? 1 : 2))
            throw new SshProtocolException(DisconnectReason.ProtocolError, "too many EXT_INFO messages");
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        uint count = reader.ReadUInt32();
        // Each extension takes at least 8 bytes: a count beyond that is a lie.
        if (count > (uint)reader.Remaining / 8) throw new SshProtocolException(DisconnectReason.ProtocolError, "EXT_INFO announces more than it holds");
        for (uint i = 0; i < count; i++)
        {
            string name = reader.ReadAscii(1024);
            _peerExtensions[name] = reader.ReadString().ToArray();
        }
    }

    private void HandlePing(ReadOnlySpan<byte> payload)
    {
        // byte SSH2_MSG_PING, string data (OpenSSH PROTOCOL 1.10)
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        ReadOnlySpan<byte> data = reader.ReadString();
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.Pong);
        writer.WriteString(data);
        Write(writer.Written);
    }

    private void WriteDisconnect(DisconnectReason reason, string description)
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.Disconnect);
        writer.WriteUInt32((uint)reason);
        writer.WriteString(description);
        writer.WriteString("");
        _writer.WriteUngated(writer.Written);
    }
}
