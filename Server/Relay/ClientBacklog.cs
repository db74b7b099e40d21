using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>
/// Keeps both ends' window accounts exact after the gateway has shown the user something on a channel (see docs/decisions/0002-relay.md). The bytes
/// shown were the client's window but not the destination's: they are a debt that is withheld from the client's next
/// WINDOW_ADJUST messages. Until it is paid the destination may send more than the client can take; that much, and what comes after it,
/// waits here. There is no backlog on channels to which nothing was shown, and none any more when the debt is paid.
/// </summary>
internal sealed class ClientBacklog(long window, uint maxPacket)
{
    /// <summary>Most bytes shown and not yet paid for; more text is dropped.</summary>
    public const int MaxDebt = 128 * 1024;

    /// <summary>A destination that sends more messages behind a closed window than that breaks the connection.</summary>
    private const int MaxMessages = 4096;

    /// <summary>Packets to the client are never larger, whatever it would take.</summary>
    private const uint LargestPacket = 32 * 1024;

    private readonly Queue<byte[]> _messages = new();
    private readonly int _maxPacket = (int)Math.Clamp(maxPacket, 1, LargestPacket);
    private long _window = window;
    private long _debt;
    private int _sentOfFirst;
    private bool _discardsData;

    /// <summary>Something waits for the client's window; whatever comes for the channel goes behind it.</summary>
    public bool IsWaiting => _messages.Count > 0;

    /// <summary>Both ends' accounts agree again.</summary>
    public bool IsDone => _debt == 0 && _messages.Count == 0;

    public long Debt => _debt;

    /// <summary>Data of the destination: true if it may be forwarded at once.</summary>
    public bool TryPass(uint bytes)
    {
        if (IsWaiting || bytes > _window) return false;
        _window -= bytes;
        return true;
    }

    /// <summary>A message of the destination, or of the gateway, that waits its turn.</summary>
    public void Enqueue(PacketView packet)
    {
        if (_messages.Count == MaxMessages) throw new SshProtocolException(DisconnectReason.ProtocolError, "too many messages behind a closed window");
        _messages.Enqueue(packet.ToFrame());
    }

    /// <summary>Text of the gateway's own. Null as <paramref name="dataType"/>: ordinary data.</summary>
    public void Show(ReadOnlySpan<byte> text, uint? dataType)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteBytes(stackalloc byte[PacketView.FrameHeaderLength]);
        writer.WriteMessageId(dataType is null ? MessageId.ChannelData : MessageId.ChannelExtendedData);
        writer.WriteUInt32(0);
        if (dataType is { } type) writer.WriteUInt32(type);
        writer.WriteString(text);
        _messages.Enqueue(writer.ToArray());
        _debt += text.Length;
    }

    /// <summary>The client grants more; returns how much of it the destination may be told of.</summary>
    public uint Grant(uint bytes)
    {
        _window += bytes;
        uint paid = (uint)Math.Min(_debt, bytes);
        _debt -= paid;
        return bytes - paid;
    }

    /// <summary>The client has closed the channel: it wants no more data, but still the destination's own close.</summary>
    public void DiscardData() => _discardsData = true;

    /// <summary>Writes what the client's window has room for.</summary>
    public void Drain(SshTransport client, uint recipient)
    {
        while (_messages.TryPeek(out byte[]? frame))
        {
            PacketView packet = PacketView.FromFrame(frame);
            if (packet.Id is MessageId.ChannelData or MessageId.ChannelExtendedData)
            {
                if (!_discardsData && !DrainData(packet, client, recipient)) return;
            }
            else
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(packet.Payload[1..], recipient);
                client.Forward(packet);
            }

            _messages.Dequeue();
            _sentOfFirst = 0;
        }
    }

    /// <summary>True when all of the message is sent.</summary>
    private bool DrainData(PacketView packet, SshTransport client, uint recipient)
    {
        int headerLength = packet.Id == MessageId.ChannelData ? 5 : 9;
        ReadOnlySpan<byte> data = packet.Payload[(headerLength + 4)..];
        do
        {
            int count = (int)Math.Min(Math.Min(data.Length - _sentOfFirst, _maxPacket), Math.Max(_window, 0));
            if (count == 0 && data.Length > _sentOfFirst) return false;
            WriteData(client, packet.Id, recipient, packet.Payload[5..headerLength], data.Slice(_sentOfFirst, count));
            _sentOfFirst += count;
            _window -= count;
        }
        while (_sentOfFirst < data.Length);

        return true;
    }

    private static void WriteData(SshTransport client, MessageId id, uint recipient, ReadOnlySpan<byte> dataType, ReadOnlySpan<byte> data)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(id);
        writer.WriteUInt32(recipient);
        writer.WriteBytes(dataType);
        writer.WriteString(data);
        client.Write(writer.Written);
    }
}
