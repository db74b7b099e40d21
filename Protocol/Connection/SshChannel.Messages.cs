using System.Buffers;
using System.Buffers.Binary;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>What the peer sends on the channel, called by the read loop, and how our own messages look.</summary>
public sealed partial class SshChannel
{
    private const int MaxNameLength = 256;

    /// <summary>Handles one message; the reader stands behind the recipient channel.</summary>
    /// <exception cref="SshProtocolException">The message is not allowed in the state of the channel.</exception>
    internal void Handle(MessageId id, ref SshReader reader)
    {
        if (id is MessageId.ChannelOpenConfirmation or MessageId.ChannelOpenFailure)
        {
            HandleOpenReply(id, ref reader);
            return;
        }

        lock (_lock)
        {
            if (_state != ChannelState.Open) throw Breach($"message {(byte)id} for a channel that is not open");
            if (_closeReceived) throw Breach($"message {(byte)id} for a channel that was closed");
        }

        switch (id)
        {
            case MessageId.ChannelWindowAdjust:
                HandleWindowAdjust(ref reader);
                break;
            case MessageId.ChannelData:
                HandleData(_data, ref reader);
                break;
            case MessageId.ChannelExtendedData:
                HandleExtendedData(ref reader);
                break;
            case MessageId.ChannelEof:
                HandleEof(ref reader);
                break;
            case MessageId.ChannelClose:
                HandleClose(ref reader);
                break;
            case MessageId.ChannelRequest:
                HandleRequest(ref reader);
                break;
            case MessageId.ChannelSuccess or MessageId.ChannelFailure:
                reader.ExpectEnd();
                _replyWaiters.Complete(id == MessageId.ChannelSuccess);
                break;
        }
    }

    /// <summary>Confirms a channel that the peer opens.</summary>
    internal void Accept(Action<ChannelRequest>? requestHandler)
    {
        _requestHandler = requestHandler;
        lock (_lock)
        {
            if (_end is not null) return;
            _state = ChannelState.Open;
            // byte SSH_MSG_CHANNEL_OPEN_CONFIRMATION, uint32 recipient, uint32 sender, uint32 initial window size, uint32 maximum packet size
            using var writer = new SshWriter(stackalloc byte[32]);
            writer.WriteMessageId(MessageId.ChannelOpenConfirmation);
            writer.WriteUInt32(_remoteId);
            writer.WriteUInt32(LocalId);
            writer.WriteUInt32((uint)_initialWindow);
            writer.WriteUInt32((uint)_maxPacket);
            _transport.Write(writer.Written);
        }

        _transport.FlushInBackground();
    }

    /// <summary>Refuses a channel that the peer opens.</summary>
    internal void Refuse(OpenFailureReason reason, string message)
    {
        lock (_lock)
        {
            if (_end is not null) return;
            _state = ChannelState.Refused;
        }

        // Removed first: the peer may use the answer at once to open another.
        _connection.Remove(this);
        _closed.TrySetResult();
        _connection.WriteOpenFailure(_remoteId, reason, message);
    }

    /// <summary>Nobody waits for the channel any more: it is closed as soon as the peer confirms it.</summary>
    internal void Abandon()
    {
        lock (_lock) _abandoned = true;
        if (SendClose()) _transport.FlushInBackground();
    }

    internal void EndWithConnection(Exception error)
    {
        lock (_lock)
        {
            _end ??= error;
            _readable.Wake();
            _writable.Wake();
        }

        _opened.TrySetException(error);
        _ = _opened.Task.Exception;
        _replyWaiters.End(error);
        _closed.TrySetResult();
    }

    private static SshProtocolException Breach(string message) => new(DisconnectReason.ProtocolError, message);

    private void HandleOpenReply(MessageId id, ref SshReader reader)
    {
        bool abandoned;
        lock (_lock)
        {
            if (_state != ChannelState.OpeningByUs) throw Breach("an answer to a channel that was not being opened");
            if (id == MessageId.ChannelOpenFailure)
            {
                HandleOpenFailure(ref reader);
                return;
            }

            // uint32 sender channel, uint32 initial window size, uint32 maximum packet size, …
            SetRemote(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
            _state = ChannelState.Open;
            abandoned = _abandoned;
        }

        if (abandoned) SendClose();
        _opened.TrySetResult();
    }

    private void HandleOpenFailure(ref SshReader reader)
    {
        // uint32 reason code, string description, string language tag
        var reason = (OpenFailureReason)reader.ReadUInt32();
        string description = Transport.PeerText.Escape(reader.ReadString());
        _state = ChannelState.Refused;
        _connection.Remove(this);
        _opened.TrySetException(new SshChannelException(reason, $"the peer refused the channel: {description}"));
        _ = _opened.Task.Exception;
        _closed.TrySetResult();
    }

    private void SetRemote(uint id, uint window, uint maxPacket)
    {
        if (maxPacket == 0) throw Breach("a channel has a maximum packet size of 0");
        _remoteId = id;
        _sendWindow = window;
        _sendMaxPacket = (int)Math.Min(maxPacket, (uint)_maxPacket);
    }

    private void HandleWindowAdjust(ref SshReader reader)
    {
        // uint32 bytes to add (RFC 4254 §5.2): the window must not pass 2^32 - 1
        uint bytes = reader.ReadUInt32();
        reader.ExpectEnd();
        lock (_lock)
        {
            if (bytes > uint.MaxValue - _sendWindow) throw Breach("a channel window is too large");
            _sendWindow += bytes;
            _writable.Wake();
        }
    }

    private void HandleExtendedData(ref SshReader reader)
    {
        // uint32 data_type_code, string data
        uint type = reader.ReadUInt32();
        HandleData(type == StandardError ? _extended : null, ref reader);
    }

    /// <summary>string data; dropped, but counted, where nobody can read it.</summary>
    private void HandleData(ReceiveBuffer? target, ref SshReader reader)
    {
        ReadOnlySpan<byte> data = reader.ReadString();
        reader.ExpectEnd();
        lock (_lock)
        {
            if (_eofReceived) throw Breach("data after EOF");
            if (data.Length > _maxPacket) throw Breach("a channel packet is larger than was agreed");
            if (data.Length > _receiveWindow) throw Breach("data beyond the channel window");
            _receiveWindow -= data.Length;
            if (_closeSent) return;
            if (target is null)
            {
                Consume(data.Length);
                return;
            }

            target.Append(data);
            _readable.Wake();
        }
    }

    private void HandleEof(ref SshReader reader)
    {
        reader.ExpectEnd();
        lock (_lock)
        {
            if (_eofReceived) throw Breach("a second EOF");
            _eofReceived = true;
            _readable.Wake();
        }
    }

    private void HandleClose(ref SshReader reader)
    {
        reader.ExpectEnd();
        lock (_lock)
        {
            _closeReceived = true;
            if (!_closeSent)
            {
                // RFC 4254 §5.3: the answer to CLOSE is CLOSE. What was received before can still be read.
                _closeSent = true;
                WriteShort(MessageId.ChannelClose);
            }

            _readable.Wake();
            _writable.Wake();
        }

        CompleteIfClosed();
    }

    private void HandleRequest(ref SshReader reader)
    {
        // string request type, boolean want reply, …
        string name = reader.ReadAscii(MaxNameLength);
        bool wantReply = reader.ReadBoolean();
        var request = new ChannelRequest(this, name, reader.Rest.ToArray(), wantReply ? _replyOrder.Add() : null);
        if (_requestHandler is { } handler) handler(request);
        else request.Reply(success: false);
    }

    private void CompleteIfClosed()
    {
        lock (_lock)
        {
            if (!_closeSent || !_closeReceived) return;
        }

        _connection.Remove(this);
        _replyWaiters.End(new SshChannelClosedException("the channel was closed"));
        _closed.TrySetResult();
    }

    /// <summary>The window is granted back as bytes are consumed, half a window at a time.</summary>
    private void Consume(int count)
    {
        _consumed += count;
        if (_consumed < (_initialWindow + 1) / 2 || _eofReceived || _closeSent || _end is not null) return;
        using var writer = new SshWriter(stackalloc byte[16]);
        writer.WriteMessageId(MessageId.ChannelWindowAdjust);
        writer.WriteUInt32(_remoteId);
        writer.WriteUInt32((uint)_consumed);
        _receiveWindow += _consumed;
        _consumed = 0;
        _transport.Write(writer.Written);
        _transport.FlushInBackground();
    }

    private void WriteData(ReadOnlySpan<byte> data, bool extended)
    {
        // byte SSH_MSG_CHANNEL_DATA, uint32 recipient channel, string data; EXTENDED_DATA has uint32 data_type_code before the data
        int header = extended ? 13 : 9;
        byte[] message = ArrayPool<byte>.Shared.Rent(header + data.Length);
        message[0] = (byte)(extended ? MessageId.ChannelExtendedData : MessageId.ChannelData);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), _remoteId);
        if (extended) BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(5), StandardError);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(header - 4), data.Length);
        data.CopyTo(message.AsSpan(header));
        _transport.WriteAwaited(message.AsSpan(0, header + data.Length));
        ArrayPool<byte>.Shared.Return(message);
        _sendWindow -= (uint)data.Length;
    }

    private void WriteRequest(string name, bool wantReply, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            using var writer = new SshWriter(stackalloc byte[256]);
            writer.WriteMessageId(MessageId.ChannelRequest);
            writer.WriteUInt32(_remoteId);
            writer.WriteString(name);
            writer.WriteBoolean(wantReply);
            writer.WriteBytes(data);
            _transport.Write(writer.Written);
        }
    }

    /// <summary>Nothing may follow our CLOSE, not even a reply.</summary>
    private void WriteReply(byte[] message)
    {
        lock (_lock)
        {
            if (_closeSent || _end is not null) return;
            _connection.WriteNow(message);
        }
    }

    private void WriteShort(MessageId id)
    {
        using var writer = new SshWriter(stackalloc byte[8]);
        writer.WriteMessageId(id);
        writer.WriteUInt32(_remoteId);
        _transport.Write(writer.Written);
    }
}
