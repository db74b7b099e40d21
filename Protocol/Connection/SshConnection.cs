using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>
/// The connection protocol (RFC 4254) over a transport whose user is authenticated, for whoever ends channels himself. A relay
/// forwards messages instead and has no use for this.
/// </summary>
/// <remarks>
/// <see cref="RunAsync"/> is the one read loop; without it nothing is received and nothing completes. All other members may be
/// called from any thread. Breaches of the protocol end the connection: see SshProtocolException.
/// </remarks>
public sealed partial class SshConnection : IAsyncDisposable
{
    private readonly SshTransport _transport;
    private readonly SshConnectionOptions _options;
    private readonly ChannelTable _channels;
    private readonly ReplyOrder _replyOrder;
    private readonly ReplyWaiters<GlobalReply> _replyWaiters = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _exchangeTimer;
    private Task _farewell = Task.CompletedTask;
    private bool _disconnecting;

    /// <summary>The transport stays the caller's to dispose.</summary>
    public SshConnection(SshTransport transport, SshConnectionOptions? options = null)
    {
        _transport = transport;
        _options = options ?? new SshConnectionOptions();
        _channels = new ChannelTable(_options.MaxChannels);
        _replyOrder = new ReplyOrder(WriteNow);
    }

    public SshTransport Transport => _transport;

    /// <summary>Channels that are open or being opened.</summary>
    public int ChannelCount => _channels.Count;

    /// <summary>Completes, without an error, when the connection has ended.</summary>
    public Task Ended => _ended.Task;

    internal SshConnectionOptions Options => _options;

    /// <summary>
    /// Receives until the connection ends. Returns when the peer closed it or left by SSH_DISCONNECT_BY_APPLICATION, or when it was
    /// ended from here; anything else throws, after the peer was told the reason and all channels were ended.
    /// </summary>
    /// <exception cref="SshProtocolException">The peer broke the protocol.</exception>
    /// <exception cref="SshConnectionClosedException">The connection was lost.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: the connection is closed at once.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        Exception? error = null;
        try
        {
            using CancellationTokenRegistration registration = cancellationToken.Register(static t => ((SshTransport)t!).Abort(), _transport);
            await ReadLoopAsync().ConfigureAwait(false);
        }
        catch (SshConnectionClosedException e) when (e.Reason == DisconnectReason.ByApplication || _disconnecting)
        {
            // An end in order.
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested)
        {
            error = new OperationCanceledException("the connection was ended", e, cancellationToken);
            throw error;
        }
        catch (Exception e)
        {
            error = e;
            await TellPeerAsync(e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await _farewell.ConfigureAwait(false);
            End(error);
        }
    }

    /// <summary>Opens a channel (RFC 4254 §5.1).</summary>
    /// <param name="type">Channel type, e.g. <c>session</c>.</param>
    /// <param name="data">Fields of the type's own.</param>
    /// <param name="requestHandler">Answers the peer's requests on the channel; without one they fail. Called by the read loop, must not block.</param>
    /// <param name="cancellationToken">Ends the waiting; a channel confirmed later is closed at once.</param>
    /// <exception cref="SshChannelException">The peer refuses the channel, or too many are open.</exception>
    /// <exception cref="SshConnectionClosedException">The connection has ended.</exception>
    public async Task<SshChannel> OpenChannelAsync(
        string type, ReadOnlyMemory<byte> data = default, Action<ChannelRequest>? requestHandler = null, CancellationToken cancellationToken = default)
    {
        SshChannel channel = _channels.TryAdd(id => new SshChannel(this, id, type, requestHandler))
            ?? throw new SshChannelException(OpenFailureReason.ResourceShortage, "too many channels are open");
        WriteOpen(channel, data.Span);
        try
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            await channel.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            channel.Abandon();
            throw;
        }

        return channel;
    }

    /// <summary>Makes a global request and waits for its reply (RFC 4254 §4).</summary>
    /// <exception cref="SshConnectionClosedException">The connection has ended.</exception>
    public async Task<GlobalReply> RequestAsync(string name, ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        Task<GlobalReply> reply = _replyWaiters.Add(() => WriteGlobalRequest(name, wantReply: true, data.Span));
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return await reply.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a global request that nobody answers.</summary>
    public ValueTask NotifyAsync(string name, ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        WriteGlobalRequest(name, wantReply: false, data.Span);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Sends SSH_MSG_DISCONNECT and closes the connection; <see cref="RunAsync"/> returns.</summary>
    public Task DisconnectAsync(DisconnectReason reason = DisconnectReason.ByApplication, string message = "")
    {
        _disconnecting = true;
        return _transport.DisconnectAsync(reason, message);
    }

    /// <summary>Closes the connection and ends its channels. The transport is not disposed.</summary>
    public ValueTask DisposeAsync()
    {
        _disconnecting = true;
        _transport.Abort();
        End(null);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends what was written; a peer that does not read holds up the caller, not the read loop.</summary>
    internal ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        ValueTask flush = _transport.FlushAsync();
        return flush.IsCompleted || !cancellationToken.CanBeCanceled ? flush : new ValueTask(flush.AsTask().WaitAsync(cancellationToken));
    }

    internal void Remove(SshChannel channel) => _channels.Remove(channel);

    /// <summary>Writes a message that answers the peer and lets it go without waiting.</summary>
    internal void WriteNow(byte[] message)
    {
        _transport.Write(message);
        _transport.FlushInBackground();
    }

    private Task TellPeerAsync(Exception error) => error switch
    {
        SshProtocolException e => _transport.DisconnectAsync(e.Reason, e.Message),
        SshConnectionClosedException => Task.CompletedTask,
        _ => _transport.DisconnectAsync(DisconnectReason.ByApplication, "internal error"),
    };

    private void End(Exception? error)
    {
        _transport.Abort();
        _exchangeTimer?.Dispose();
        var closed = new SshConnectionClosedException("the connection has ended", DisconnectReason.ConnectionLost, error);
        foreach (SshChannel channel in _channels.End(closed)) channel.EndWithConnection(closed);
        _replyWaiters.End(closed);
        _ended.TrySetResult();
    }
}
