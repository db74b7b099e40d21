using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>
/// Sends the binary packets of one direction (RFC 4253 §6). Packets are sealed into one contiguous rented buffer and leave
/// with one socket write per batch. While keys are being exchanged ordinary packets wait as plaintext ("the gate").
/// Thread-safe: both pumps of a relay and the keepalive tick write here.
/// </summary>
internal sealed class PacketWriter(Stream stream) : IDisposable
{
    /// <summary>
    /// Most plaintext kept behind a closed gate. A relay stops reading its source long before; what passes this is a peer
    /// that makes us answer (PING, requests) and never finishes its key exchange, and it is disconnected.
    /// </summary>
    internal const int MaxHeldBytes = 2 * 1024 * 1024;

    /// <summary>
    /// Most bytes of answers that wait for a peer that asks and does not read; as many again may be on their way to it. What is forwarded
    /// does not count: whoever forwards waits for each batch to leave.
    /// </summary>
    internal const int MaxUnsentAnswers = 448 * 1024;

    /// <summary>From so many waiting answers on, whoever makes more waits for the peer to take some.</summary>
    private const int ManyAnswers = 128 * 1024;

    /// <summary>A peer that takes nothing for so long does not read; what is on its way to it was sent before that.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMilliseconds(750);

    private const int SmallestBuffer = 1024;
    private const int MinPadding = 4;

    /// <summary>Random padding (RFC 4253 §6), drawn once per process: under encryption nobody sees it, so it need not be fresh.</summary>
    private static readonly byte[] Padding = RandomNumberGenerator.GetBytes(256);

    private readonly Lock _lock = new();
    private PacketSealer? _sealer;
    private PayloadCompressor? _compressor;
    private byte[]? _out;
    private int _outLength;
    private byte[]? _held;
    private int _heldLength;
    private int _unsentAnswers;
    private int _heldAnswers;
    private int _nextBufferSize = SmallestBuffer;
    private bool _sending;
    private bool _disposed;
    private TaskCompletionSource? _sent;
    private TaskCompletionSource? _answersTaken;
    private TaskCompletionSource? _gateOpened;
    private Exception? _sendError;

    public uint SequenceNumber { get; private set; }

    /// <summary>Packets and bytes since the current keys were taken into use.</summary>
    public ulong PacketsUnderKey { get; private set; }

    public ulong BytesUnderKey { get; private set; }

    /// <summary>Bytes sealed since the connection began.</summary>
    public ulong TotalBytes { get; private set; }

    public int CipherBlockSize => _sealer?.BlockSize ?? 8;

    /// <summary>True between our SSH_MSG_KEXINIT and our SSH_MSG_NEWKEYS.</summary>
    public bool IsGateClosed { get; private set; }

    /// <summary>Writes a message; while the gate is closed it waits its turn.</summary>
    /// <exception cref="SshProtocolException">The gate is closed, and the peer makes us answer without end.</exception>
    public void Write(ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (!IsGateClosed)
            {
                _unsentAnswers += Seal(payload);
                return;
            }

            Hold(payload);
            _heldAnswers += payload.Length;
            if (_heldAnswers > MaxUnsentAnswers) throw DoesNotRead();
        }
    }

    /// <summary>Writes a message whose writer waits for the flush: it is nothing that the peer can pile up.</summary>
    public void WriteAwaited(ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (IsGateClosed) Hold(payload);
            else Seal(payload);
        }
    }

    /// <summary>Writes a message that belongs to the key exchange (or DISCONNECT): it never waits.</summary>
    public void WriteUngated(ReadOnlySpan<byte> payload)
    {
        lock (_lock) Seal(payload);
    }

    /// <summary>Writes our SSH_MSG_KEXINIT and closes the gate behind it.</summary>
    public void WriteKexInit(ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            Seal(payload);
            IsGateClosed = true;
        }
    }

    /// <summary>
    /// Forwards a packet of another connection: the frame is completed inside the reader's buffer (length, padding length and
    /// padding; the bytes around the payload belong to the packet) and sealed from there into the send buffer.
    /// </summary>
    public void Forward(PacketView packet)
    {
        lock (_lock)
        {
            if (IsGateClosed)
            {
                Hold(packet.Payload);
                return;
            }

            int padding = PaddingFor(packet.PayloadLength);
            int frameLength = PacketView.HeaderLength + packet.PayloadLength + padding;
            Span<byte> frame = packet.Frame;
            if (_sealer is null || _compressor is not null || frame.Length < frameLength)
            {
                Seal(packet.Payload);
                return;
            }

            CompleteFrame(frame[..frameLength], padding);
            SealFrame(frame[..frameLength]);
        }
    }

    /// <summary>Writes SSH_MSG_NEWKEYS under the old keys, takes the new ones into use, writes what comes first under them, then opens the gate.</summary>
    /// <param name="sealer">The new keys; owned from now on.</param>
    /// <param name="resetSequenceNumber">Strict key exchange.</param>
    /// <param name="firstMessage">Written before anything that waits.</param>
    /// <param name="compress">Payloads are compressed under the new keys: in a new stream (RFC 4253 §6.2).</param>
    public void WriteNewKeys(PacketSealer sealer, bool resetSequenceNumber, ReadOnlySpan<byte> firstMessage, bool compress = false)
    {
        TaskCompletionSource? opened;
        lock (_lock)
        {
            Seal([(byte)MessageId.NewKeys]);
            _sealer?.Dispose();
            _sealer = sealer;
            _compressor?.Dispose();
            _compressor = compress ? new PayloadCompressor() : null;
            PacketsUnderKey = 0;
            BytesUnderKey = 0;
            if (resetSequenceNumber) SequenceNumber = 0;
            if (!firstMessage.IsEmpty) Seal(firstMessage);
            IsGateClosed = false;
            SealHeld();
            opened = _gateOpened;
            _gateOpened = null;
        }

        opened?.TrySetResult();
    }

    /// <summary>From the next packet on payloads are compressed (<c>zlib@openssh.com</c>).</summary>
    public void StartCompression()
    {
        lock (_lock) _compressor ??= new PayloadCompressor();
    }

    /// <summary>Completes when ordinary packets may be sent (at once when no key exchange is under way).</summary>
    public Task WaitForGateAsync()
    {
        lock (_lock)
        {
            if (!IsGateClosed) return Task.CompletedTask;
            if (_sendError is not null) return Task.FromException(Closed(_sendError));
            _gateOpened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _gateOpened.Task;
        }
    }

    /// <summary>Sends what was written; completes when the peer's TCP has taken it.</summary>
    public ValueTask FlushAsync()
    {
        lock (_lock)
        {
            if (_sendError is not null) return ValueTask.FromException(Closed(_sendError));
            if (_sending)
            {
                _sent ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return new ValueTask(_sent.Task);
            }

            if (_outLength == 0) return ValueTask.CompletedTask;
            _sending = true;
        }

        return SendAsync();
    }

    /// <summary>Sends what was written without waiting for the peer to take it; an error shows at the next flush.</summary>
    /// <exception cref="SshProtocolException">The peer does not read, and more answers wait for it than <see cref="MaxUnsentAnswers"/>.</exception>
    public void FlushInBackground()
    {
        lock (_lock)
        {
            if (_sendError is not null || (_outLength == 0 && !_sending)) return;
            if (_sending)
            {
                if (_unsentAnswers > MaxUnsentAnswers) throw DoesNotRead();
                return;
            }

            _sending = true;
        }

        _ = SendInBackgroundAsync();
    }

    /// <summary>
    /// Begins to send what was written, as <see cref="FlushInBackground"/>, for a caller that waits with <see cref="WaitForAnswersAsync"/>
    /// before it makes more answers.
    /// </summary>
    public void StartFlush()
    {
        lock (_lock)
        {
            if (_sendError is not null || _outLength == 0 || _sending) return;
            _sending = true;
        }

        _ = SendInBackgroundAsync();
    }

    /// <summary>Waits while many answers wait: a peer that reads, however slowly it began, is not cut off.</summary>
    /// <exception cref="SshProtocolException">The peer takes nothing.</exception>
    public ValueTask WaitForAnswersAsync()
    {
        lock (_lock)
        {
            if (!_sending || _unsentAnswers <= ManyAnswers) return ValueTask.CompletedTask;
            _answersTaken ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(WaitAsync(_answersTaken.Task));
        }

        static async Task WaitAsync(Task taken)
        {
            try
            {
                await taken.WaitAsync(AnswerPatience).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw DoesNotRead();
            }
        }
    }

    /// <summary>The connection is being closed: whoever waits for the gate is let go with an error.</summary>
    public void Abort()
    {
        TaskCompletionSource? opened, taken;
        lock (_lock)
        {
            _sendError ??= new ObjectDisposedException(nameof(PacketWriter));
            opened = _gateOpened;
            _gateOpened = null;
            taken = _answersTaken;
            _answersTaken = null;
        }

        // The next flush tells of the error.
        taken?.TrySetResult();

        opened?.TrySetException(Closed(_sendError));
    }

    public void Dispose()
    {
        Abort();
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _sealer?.Dispose();
            _compressor?.Dispose();
            Return(ref _held, _heldLength);
            Return(ref _out, 0);
            _heldLength = _outLength = 0;
        }
    }

    private static SshProtocolException DoesNotRead() => new(DisconnectReason.ByApplication, "the peer does not read what it asked for");

    private static SshConnectionClosedException Closed(Exception inner) =>
        new("the connection was lost while sending", DisconnectReason.ConnectionLost, inner);

    private async Task SendInBackgroundAsync()
    {
        try
        {
            await SendAsync().ConfigureAwait(false);
        }
        catch (SshConnectionClosedException)
        {
            // Kept in _sendError: the next flush reports it.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync()
    {
        while (TakeUnsent(out byte[]? buffer, out int length))
        {
            try
            {
                await stream.WriteAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Fail(e);
                throw Closed(e);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private bool TakeUnsent([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? buffer, out int length)
    {
        TaskCompletionSource? sent;
        lock (_lock)
        {
            buffer = _out;
            length = _outLength;
            _out = null;
            _outLength = 0;
            _unsentAnswers = 0;
            _answersTaken?.TrySetResult();
            _answersTaken = null;
            if (buffer is not null && length > 0)
            {
                _nextBufferSize = buffer.Length;
                if (length < buffer.Length / 16) _nextBufferSize = Math.Max(SmallestBuffer, buffer.Length / 2);
                return true;
            }

            _sending = false;
            sent = _sent;
            _sent = null;
        }

        sent?.TrySetResult();
        return false;
    }

    private void Fail(Exception error)
    {
        TaskCompletionSource? sent;
        lock (_lock)
        {
            _sendError ??= error;
            _sending = false;
            sent = _sent;
            _sent = null;
            // The next flush tells of the error.
            _answersTaken?.TrySetResult();
            _answersTaken = null;
        }

        sent?.TrySetException(Closed(error));
    }

    /// <returns>The size of the packet.</returns>
    private int Seal(ReadOnlySpan<byte> payload)
    {
        if (_compressor is not null) payload = _compressor.Compress(payload);
        int padding = PaddingFor(payload.Length);
        int frameLength = PacketView.HeaderLength + payload.Length + padding;
        Span<byte> destination = Reserve(frameLength + (_sealer?.TagLength ?? 0));
        Span<byte> frame = destination[..frameLength];
        payload.CopyTo(frame[PacketView.HeaderLength..]);
        CompleteFrame(frame, padding);
        _sealer?.Seal(SequenceNumber, frame, destination);
        Count(destination.Length);
        return destination.Length;
    }

    private void SealFrame(ReadOnlySpan<byte> frame)
    {
        Span<byte> destination = Reserve(frame.Length + _sealer!.TagLength);
        _sealer.Seal(SequenceNumber, frame, destination);
        Count(destination.Length);
    }

    private void Count(int bytes)
    {
        SequenceNumber++;
        PacketsUnderKey++;
        BytesUnderKey += (uint)bytes;
        TotalBytes += (uint)bytes;
    }

    private static void CompleteFrame(Span<byte> frame, int padding)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(frame.Length - 4));
        frame[4] = (byte)padding;
        Padding.AsSpan(0, padding).CopyTo(frame[^padding..]);
    }

    private int PaddingFor(int payloadLength)
    {
        int block = Math.Max(8, _sealer?.BlockSize ?? 8);
        int covered = 1 + payloadLength + ((_sealer?.LengthIsPadded ?? true) ? 4 : 0);
        int padding = block - (covered % block);
        return padding < MinPadding ? padding + block : padding;
    }

    /// <summary>Room at the end of the send buffer.</summary>
    private Span<byte> Reserve(int count)
    {
        if (_disposed) throw Closed(_sendError!);
        if (_out is null)
        {
            _out = ArrayPool<byte>.Shared.Rent(Math.Max(_nextBufferSize, count));
        }
        else if (_out.Length - _outLength < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_out.Length * 2, _outLength + count));
            _out.AsSpan(0, _outLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_out);
            _out = larger;
        }

        Span<byte> room = _out.AsSpan(_outLength, count);
        _outLength += count;
        return room;
    }

    private void Hold(ReadOnlySpan<byte> payload)
    {
        int needed = _heldLength + 4 + payload.Length;
        if (needed > MaxHeldBytes)
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "too much data waits for the end of the key exchange");
        if (_held is null || _held.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (_held?.Length ?? 0) * 2));
            _held?.AsSpan(0, _heldLength).CopyTo(larger);
            Return(ref _held, _heldLength);
            _held = larger;
        }

        BinaryPrimitives.WriteInt32BigEndian(_held.AsSpan(_heldLength), payload.Length);
        payload.CopyTo(_held.AsSpan(_heldLength + 4));
        _heldLength = needed;
    }

    private void SealHeld()
    {
        for (int at = 0; at < _heldLength;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(_held.AsSpan(at));
            Seal(_held.AsSpan(at + 4, length));
            at += 4 + length;
        }

        Return(ref _held, _heldLength);
        _heldLength = 0;
        _unsentAnswers += _heldAnswers;
        _heldAnswers = 0;
    }

    private static void Return(ref byte[]? buffer, int plaintextLength)
    {
        if (buffer is null) return;
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, plaintextLength));
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = null;
    }
}
