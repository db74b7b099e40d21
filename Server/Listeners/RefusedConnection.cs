using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Listeners;

/// <summary>
/// A user who is logged in but has no destination: each session says why on standard error and ends with exit status 1. Anything
/// else is refused.
/// </summary>
internal sealed class RefusedConnection(SshTransport client, string message)
{
    private const int MaxChannels = 64;

    private readonly Dictionary<uint, uint> _peerIds = [];
    private uint _nextId;

    /// <summary>Runs until the client leaves, or a minute of patience is over.</summary>
    public async Task RunAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            byte[] packet;
            try
            {
                packet = await client.ReadMessageAsync(patience.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SshConnectionClosedException or OperationCanceledException)
            {
                return;
            }

            Handle(packet);
        }
    }

    private void Handle(byte[] packet)
    {
        var reader = new SshReader(packet);
        switch (reader.ReadMessageId())
        {
            case MessageId.ChannelOpen:
                HandleOpen(ref reader);
                break;
            case MessageId.ChannelRequest:
                HandleRequest(ref reader);
                break;
            case MessageId.ChannelClose:
                _peerIds.Remove(reader.ReadUInt32());
                break;
            case MessageId.GlobalRequest:
                reader.ReadString();
                if (reader.ReadBoolean()) client.Write([(byte)MessageId.RequestFailure]);
                break;
            case < (MessageId)80:
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {packet[0]}");
        }
    }

    private void HandleOpen(ref SshReader reader)
    {
        bool isSession = reader.ReadString().SequenceEqual("session"u8);
        uint sender = reader.ReadUInt32();
        using var writer = new SshWriter(stackalloc byte[256]);
        if (isSession && _peerIds.Count < MaxChannels)
        {
            uint id = _nextId++;
            _peerIds[id] = sender;
            writer.WriteMessageId(MessageId.ChannelOpenConfirmation);
            writer.WriteUInt32(sender);
            writer.WriteUInt32(id);
            writer.WriteUInt32(64 * 1024);
            writer.WriteUInt32(32 * 1024);
        }
        else
        {
            writer.WriteMessageId(MessageId.ChannelOpenFailure);
            writer.WriteUInt32(sender);
            writer.WriteUInt32((uint)OpenFailureReason.ConnectFailed);
            writer.WriteString(message);
            writer.WriteString("");
        }

        client.Write(writer.Written);
    }

    private void HandleRequest(ref SshReader reader)
    {
        uint id = reader.ReadUInt32();
        ReadOnlySpan<byte> type = reader.ReadString();
        bool wantReply = reader.ReadBoolean();
        if (!_peerIds.TryGetValue(id, out uint peer)) return;
        if (wantReply) WriteSimple(MessageId.ChannelSuccess, peer);
        if (type.SequenceEqual("shell"u8) || type.SequenceEqual("exec"u8) || type.SequenceEqual("subsystem"u8)) Refuse(peer);
    }

    private void Refuse(uint peer)
    {
        using (var stderr = new SshWriter(stackalloc byte[512]))
        {
            // byte SSH_MSG_CHANNEL_EXTENDED_DATA, uint32 recipient channel, uint32 SSH_EXTENDED_DATA_STDERR, string data
            stderr.WriteMessageId(MessageId.ChannelExtendedData);
            stderr.WriteUInt32(peer);
            stderr.WriteUInt32(1);
            stderr.WriteString(message + "\r\n");
            client.Write(stderr.Written);
        }

        using (var status = new SshWriter(stackalloc byte[64]))
        {
            // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string "exit-status", boolean false, uint32 status
            status.WriteMessageId(MessageId.ChannelRequest);
            status.WriteUInt32(peer);
            status.WriteString("exit-status");
            status.WriteBoolean(false);
            status.WriteUInt32(1);
            client.Write(status.Written);
        }

        WriteSimple(MessageId.ChannelEof, peer);
        WriteSimple(MessageId.ChannelClose, peer);
    }

    private void WriteSimple(MessageId id, uint peer)
    {
        using var writer = new SshWriter(stackalloc byte[8]);
        writer.WriteMessageId(id);
        writer.WriteUInt32(peer);
        client.Write(writer.Written);
    }
}
