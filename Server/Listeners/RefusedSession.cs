using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;

namespace SshGateway.Server.Listeners;

/// <summary>A session that the gateway answers itself: it shows a text, as far as the client's window lets it, and ends with a status.</summary>
internal sealed class RefusedSession(SshTransport client, uint peer, uint window, uint maxPacket)
{
    private const int LargestPacket = 16 * 1024;

    private readonly int _maxPacket = (int)Math.Clamp(maxPacket, 1, LargestPacket);
    private ReadOnlyMemory<byte> _left;
    private long _window = window;
    private uint _status;
    private bool _started;
    private bool _ended;

    public bool HasTerminal { get; set; }

    public void Confirm() => WriteSimple(MessageId.ChannelSuccess);

    public void Start(ReadOnlyMemory<byte> output, uint status)
    {
        if (_started) return;
        _started = true;
        _left = HasTerminal ? TerminalText.Output(output.Span) : output;
        _status = status;
        Send();
    }

    public void Grant(uint bytes)
    {
        _window += bytes;
        if (_started) Send();
    }

    private void Send()
    {
        while (!_left.IsEmpty && _window > 0)
        {
            int count = (int)Math.Min(Math.Min(_left.Length, _maxPacket), _window);
            WriteError(_left.Span[..count]);
            _left = _left[count..];
            _window -= count;
        }

        if (_left.IsEmpty) End();
    }

    private void WriteError(ReadOnlySpan<byte> text)
    {
        // byte SSH_MSG_CHANNEL_EXTENDED_DATA, uint32 recipient channel, uint32 SSH_EXTENDED_DATA_STDERR, string data
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.ChannelExtendedData);
        writer.WriteUInt32(peer);
        writer.WriteUInt32(1);
        writer.WriteString(text);
        client.Write(writer.Written);
    }

    private void End()
    {
        if (_ended) return;
        _ended = true;
        // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string "exit-status", boolean false, uint32 status
        using (var status = new SshWriter(stackalloc byte[64]))
        {
            status.WriteMessageId(MessageId.ChannelRequest);
            status.WriteUInt32(peer);
            status.WriteString("exit-status");
            status.WriteBoolean(false);
            status.WriteUInt32(_status);
            client.Write(status.Written);
        }

        WriteSimple(MessageId.ChannelEof);
        WriteSimple(MessageId.ChannelClose);
    }

    private void WriteSimple(MessageId id)
    {
        using var writer = new SshWriter(stackalloc byte[8]);
        writer.WriteMessageId(id);
        writer.WriteUInt32(peer);
        client.Write(writer.Written);
    }
}
