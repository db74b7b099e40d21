using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>
/// One channel of a connection (RFC 4254 §5): a byte stream each way, a second one for extended data (standard error), and requests.
/// </summary>
/// <remarks>
/// The peer may send as much as the window allows and gets more only as bytes are consumed by <see cref="ReadAsync"/> and
/// <see cref="ReadExtendedAsync"/>, which share one window: who reads only one of them stops when the other fills it. One task
/// at a time may read each stream, one may write each; everything else may be called from any thread.
/// </remarks>
public sealed partial class SshChannel : IAsyncDisposable
{
    /// <summary>SSH_EXTENDED_DATA_STDERR (RFC 4254 §5.2).</summary>
    private const uint StandardError = 1;

    private readonly SshConnection _connection;
    private readonly SshTransport _transport;
    private readonly Lock _lock = new();
    private readonly ReceiveBuffer _data = new();
    private readonly ReceiveBuffer _extended = new();
    private readonly Wakeup _readable = new();
    private readonly Wakeup _writable = new();
    private readonly ReplyOrder _replyOrder;
    private readonly ReplyWaiters<bool> _replyWaiters = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _initialWindow;
    private readonly int _maxPacket;
    private uint _remoteId;
    private uint _sendWindow;
    private int _sendMaxPacket;
    private int _receiveWindow;
    private int _consumed;
    private bool _eofSent;
    private bool _eofReceived;
    private bool _closeSent;
    private bool _closeReceived;
    private bool _abandoned;
    private ChannelState _state;
    private Action<ChannelRequest>? _requestHandler;
    private Exception? _end;

    /// <summary>A channel that we open.</summary>
    internal SshChannel(SshConnection connection, uint localId, string type, Action<ChannelRequest>? requestHandler)
    {
        _connection = connection;
        _transport = connection.Transport;
        LocalId = localId;
        ChannelType = type;
        _initialWindow = _receiveWindow = connection.Options.InitialWindow;
        _maxPacket = connection.Options.MaxPacket;
        _requestHandler = requestHandler;
        _replyOrder = new ReplyOrder(WriteReply);
        _state = ChannelState.OpeningByUs;
    }

    /// <summary>A channel that the peer opens.</summary>
    internal SshChannel(SshConnection connection, uint localId, string type, uint remoteId, uint window, uint maxPacket)
        : this(connection, localId, type, requestHandler: null)
    {
        SetRemote(remoteId, window, maxPacket);
        _state = ChannelState.OpeningByPeer;
    }

    /// <summary>Channel type, e.g. <c>session</c>.</summary>
    public string ChannelType { get; }

    /// <summary>Our number of the channel: below the connection's MaxChannels, used again after the channel was closed.</summary>
    public uint LocalId { get; }

    /// <summary>The peer's number of the channel.</summary>
    public uint RemoteId => _remoteId;

    public SshConnection Connection => _connection;

    /// <summary>Completes, without an error, when both sides have sent SSH_MSG_CHANNEL_CLOSE or the connection has ended.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Completes when the peer confirmed a channel that we opened; fails when it refused.</summary>
    internal Task Opened => _opened.Task;

    /// <summary>Reads data; 0 when the peer has sent EOF or closed the channel and all that came before is read.</summary>
    /// <exception cref="SshConnectionClosedException">The connection ended before the channel did.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ReadFromAsync(_data, buffer, cancellationToken);

    /// <summary>As <see cref="ReadAsync(Memory{byte}, CancellationToken)"/> for extended data, a session's standard error.</summary>
    public ValueTask<int> ReadExtendedAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReadFromAsync(_extended, buffer, cancellationToken);

    /// <summary>Writes data; completes when TCP has taken it. Waits while the peer's window is used up or keys are exchanged.</summary>
    /// <exception cref="SshChannelClosedException">EOF or CLOSE was sent, or the peer closed the channel.</exception>
    /// <exception cref="SshConnectionClosedException">The connection has ended.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => WriteSplitAsync(data, extended: false, cancellationToken);

    /// <summary>As <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/> for extended data: only a server has a standard error to send.</summary>
    public ValueTask WriteExtendedAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        WriteSplitAsync(data, extended: true, cancellationToken);

    /// <summary>The channel as a stream of data, or of extended data; disposing it does nothing.</summary>
    public Stream AsStream(bool extended = false) => new SshChannelStream(this, extended);

    /// <summary>Sends SSH_MSG_CHANNEL_EOF (once): nothing more is written, the other direction stays open.</summary>
    public ValueTask SendEofAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_eofSent || _closeSent || _state != ChannelState.Open) return ValueTask.CompletedTask;
            _eofSent = true;
            WriteShort(MessageId.ChannelEof);
        }

        return _connection.FlushAsync(cancellationToken);
    }

    /// <summary>Sends SSH_MSG_CHANNEL_CLOSE (once) and waits for the peer's. What the peer still sends is dropped.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellationToken = default)
    {
        if (SendClose()) await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        await _closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a channel request and waits for its reply (RFC 4254 §5.4): true for SSH_MSG_CHANNEL_SUCCESS.</summary>
    /// <exception cref="SshChannelClosedException">The channel was closed before the reply came.</exception>
    /// <exception cref="SshConnectionClosedException">The connection has ended.</exception>
    public async Task<bool> RequestAsync(string name, ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        Task<bool> reply = _replyWaiters.Add(() => WriteRequest(name, wantReply: true, data.Span));
        await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await reply.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a channel request that nobody answers.</summary>
    /// <exception cref="SshChannelClosedException">The channel is closed.</exception>
    public ValueTask NotifyAsync(string name, ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        WriteRequest(name, wantReply: false, data.Span);
        return _connection.FlushAsync(cancellationToken);
    }

    /// <summary>Sends SSH_MSG_CHANNEL_CLOSE without waiting for the peer's.</summary>
    public ValueTask DisposeAsync() => SendClose() ? FlushLastAsync() : ValueTask.CompletedTask;

    private async ValueTask FlushLastAsync()
    {
        try
        {
            await _connection.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (SshConnectionClosedException)
        {
            // The channel is closed all the same.
        }
    }

    private async ValueTask<int> ReadFromAsync(ReceiveBuffer source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task wait;
            lock (_lock)
            {
                if (source.Count > 0 && !buffer.IsEmpty)
                {
                    int count = source.Take(buffer.Span);
                    Consume(count);
                    return count;
                }

                if (source.Count > 0 || _eofReceived || _closeReceived || _closeSent) return 0;
                if (_end is not null) throw Ended();
                wait = _readable.Wait();
            }

            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WriteSplitAsync(ReadOnlyMemory<byte> data, bool extended, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            await _transport.WaitForGateAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            Task? wait = null;
            int count;
            lock (_lock)
            {
                if (_eofSent) throw new SshChannelClosedException("EOF was sent on the channel");
                ThrowIfClosed();
                count = (int)Math.Min(Math.Min(_sendWindow, (uint)_sendMaxPacket), (uint)data.Length);
                if (count == 0) wait = _writable.Wait();
                else WriteData(data.Span[..count], extended);
            }

            data = data[count..];
            await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (wait is not null) await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool SendClose()
    {
        lock (_lock)
        {
            if (_closeSent || _end is not null || _state != ChannelState.Open) return false;
            _closeSent = true;
            WriteShort(MessageId.ChannelClose);
            _data.Clear();
            _extended.Clear();
            _readable.Wake();
            _writable.Wake();
        }

        CompleteIfClosed();
        return true;
    }

    private void ThrowIfClosed()
    {
        if (_end is not null) throw Ended();
        if (_closeSent || _closeReceived || _state != ChannelState.Open) throw new SshChannelClosedException("the channel is closed");
    }

    private SshConnectionClosedException Ended() => new("the connection has ended", DisconnectReason.ConnectionLost, _end);
}

/// <summary>The channel is closed, or the direction that was to be used is.</summary>
public sealed class SshChannelClosedException(string message) : IOException(message);

/// <summary>Stations of a channel before it can be used; its closing is told by the messages sent and received.</summary>
internal enum ChannelState
{
    OpeningByUs,
    OpeningByPeer,
    Open,
    Refused,
}
