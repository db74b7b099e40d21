using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>The read loop, its dispatch, and the messages that belong to no open channel.</summary>
public sealed partial class SshConnection
{
    private const int MaxNameLength = 256;

    private async Task ReadLoopAsync()
    {
        // Messages may have been received together with the end of authentication: they come first.
        do
        {
            while (_transport.TryRead(out PacketView packet)) Handle(packet);
            if (_transport.NeedsRekey) _transport.StartRekey();
            _transport.FlushInBackground();
            WatchKeyExchange();
        }
        while (await _transport.FillAsync().ConfigureAwait(false));
    }

    /// <summary>A peer that begins a key exchange and does not go on with it is left.</summary>
    private void WatchKeyExchange()
    {
        if (!_transport.IsExchangingKeys || _exchangeTimer is not null) return;
        TimeSpan period = TimeSpan.FromSeconds(5);
        _exchangeTimer = _options.TimeProvider.CreateTimer(
            static connection => ((SshConnection)connection!).CheckKeyExchange(), this, period, period);
    }

    private void CheckKeyExchange()
    {
        if (!_transport.IsKeyExchangeOverdue || !_farewell.IsCompleted) return;
        _farewell = _transport.DisconnectAsync(DisconnectReason.KeyExchangeFailed, "the key exchange took too long");
    }

    private void Handle(PacketView packet)
    {
        switch (packet.Id)
        {
            case MessageId.GlobalRequest:
                HandleGlobalRequest(packet.Payload);
                break;
            case MessageId.RequestSuccess:
                _replyWaiters.Complete(new GlobalReply(true, packet.Payload[1..].ToArray()));
                break;
            case MessageId.RequestFailure:
                _replyWaiters.Complete(default);
                break;
            case MessageId.ChannelOpen:
                HandleOpen(packet.Payload);
                break;
            case >= MessageId.ChannelOpenConfirmation and <= MessageId.ChannelFailure:
                HandleChannelMessage(packet.Payload);
                break;
            case MessageId.UserauthRequest when _transport.IsServer:
                // Further requests after success are ignored (RFC 4252 §5.1).
                break;
            case < (MessageId)80:
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {(byte)packet.Id}");
            default:
                _transport.WriteUnimplemented(packet.SequenceNumber);
                break;
        }
    }

    private void HandleChannelMessage(ReadOnlySpan<byte> payload)
    {
        // byte message number, uint32 recipient channel, …
        var reader = new SshReader(payload);
        MessageId id = reader.ReadMessageId();
        _channels.Get(reader.ReadUInt32()).Handle(id, ref reader);
    }

    private void HandleGlobalRequest(ReadOnlySpan<byte> payload)
    {
        // byte SSH_MSG_GLOBAL_REQUEST, string request name, boolean want reply, …
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        string name = reader.ReadAscii(MaxNameLength);
        bool wantReply = reader.ReadBoolean();
        var request = new GlobalRequest(name, reader.Rest.ToArray(), wantReply ? _replyOrder.Add() : null);
        if (_options.GlobalRequested is { } handler) handler(request);
        else request.Fail();
    }

    private void HandleOpen(ReadOnlySpan<byte> payload)
    {
        // byte SSH_MSG_CHANNEL_OPEN, string channel type, uint32 sender channel, uint32 initial window size, uint32 maximum packet size, …
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        string type = reader.ReadAscii(MaxNameLength);
        uint remoteId = reader.ReadUInt32();
        uint window = reader.ReadUInt32();
        uint maxPacket = reader.ReadUInt32();
        if (_options.ChannelOpening is not { } handler)
        {
            WriteOpenFailure(remoteId, OpenFailureReason.AdministrativelyProhibited, "channels are not accepted here");
            return;
        }

        SshChannel? channel = _channels.TryAdd(id => new SshChannel(this, id, type, remoteId, window, maxPacket));
        if (channel is null) WriteOpenFailure(remoteId, OpenFailureReason.ResourceShortage, "too many channels are open");
        else handler(new ChannelOpenRequest(channel, reader.Rest.ToArray()));
    }

    private void WriteOpen(SshChannel channel, ReadOnlySpan<byte> data)
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.ChannelOpen);
        writer.WriteString(channel.ChannelType);
        writer.WriteUInt32(channel.LocalId);
        writer.WriteUInt32((uint)_options.InitialWindow);
        writer.WriteUInt32((uint)_options.MaxPacket);
        writer.WriteBytes(data);
        _transport.Write(writer.Written);
    }

    internal void WriteOpenFailure(uint remoteId, OpenFailureReason reason, string message)
    {
        // byte SSH_MSG_CHANNEL_OPEN_FAILURE, uint32 recipient channel, uint32 reason code, string description, string language tag
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.ChannelOpenFailure);
        writer.WriteUInt32(remoteId);
        writer.WriteUInt32((uint)reason);
        writer.WriteString(message);
        writer.WriteString("");
        _transport.Write(writer.Written);
        _transport.FlushInBackground();
    }

    private void WriteGlobalRequest(string name, bool wantReply, ReadOnlySpan<byte> data)
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.GlobalRequest);
        writer.WriteString(name);
        writer.WriteBoolean(wantReply);
        writer.WriteBytes(data);
        _transport.Write(writer.Written);
    }
}
