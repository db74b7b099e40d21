using System.Runtime.CompilerServices;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>
/// The SSH transport layer (RFC 4253) of one connection, as server or as client: identification, binary packets, key exchange
/// and rekeying, and every message that concerns this leg alone (DISCONNECT, IGNORE, DEBUG, UNIMPLEMENTED, EXT_INFO, PING).
/// </summary>
/// <remarks>
/// One reader: <see cref="FillAsync"/> and <see cref="TryRead"/> are called by one task at a time. Any thread may send.
/// Errors of the peer throw <see cref="SshProtocolException"/>; a lost connection throws <see cref="SshConnectionClosedException"/>.
/// </remarks>
public sealed partial class SshTransport : IAsyncDisposable
{
    private const string DelayedCompression = "zlib@openssh.com";

    private readonly Stream _stream;
    private readonly SshTransportOptions _options;
    private readonly PacketReader _reader;
    private readonly PacketWriter _writer;
    private string _localIdentification;
    private string _peerIdentification = "";
    private int _closed;
    private bool _disconnectSent;
    private bool _handshaking;
    private bool _inline;
    private bool _authenticated;

    public SshTransport(Stream stream, bool isServer, SshTransportOptions options)
    {
        _stream = stream;
        _options = options;
        IsServer = isServer;
        _reader = new PacketReader(stream);
        _writer = new PacketWriter(stream);
        _localIdentification = "SSH-2.0-" + options.SoftwareVersion;
    }

    /// <summary>True where we are the server of this leg.</summary>
    public bool IsServer { get; }

    /// <summary>Session identifier: the exchange hash of the first key exchange (RFC 4253 §7.2).</summary>
    public ReadOnlyMemory<byte> SessionId => _sessionId;

    /// <summary>The peer's whole identification line.</summary>
    public string PeerIdentification => _peerIdentification;

    /// <summary>softwareversion of the peer's identification, e.g. <c>OpenSSH_9.2p1</c>.</summary>
    public string PeerSoftwareVersion => Identification.SoftwareVersion(_peerIdentification);

    /// <summary>True when the peer calls itself OpenSSH, which decides some extensions (OpenSSH PROTOCOL 2.1, 2.2).</summary>
    public bool PeerIsOpenSsh => PeerSoftwareVersion.StartsWith("OpenSSH", StringComparison.Ordinal);

    /// <summary>What the latest key exchange agreed on; null before the first.</summary>
    public NegotiatedAlgorithms? Algorithms { get; private set; }

    /// <summary>Host key of the latest key exchange: the server's own on a server leg, the peer's on a client leg.</summary>
    public PublicKey? HostKey { get; private set; }

    /// <summary>Client: the server's signature over <see cref="SessionId"/>, from the first key exchange; agents ask for it.</summary>
    public ReadOnlyMemory<byte> HostKeySignature { get; private set; }

    /// <summary>Bytes on the wire since the connection began.</summary>
    public ulong BytesReceived => _reader.TotalBytes;

    public ulong BytesSent => _writer.TotalBytes;

    /// <summary>Number of key exchanges that were finished.</summary>
    public int KeyExchanges { get; private set; }

    /// <summary>
    /// Exchanges identifications and keys; afterwards messages may be sent and read. Cancelling closes the connection.
    /// </summary>
    public async Task HandshakeAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(static t => ((SshTransport)t!).Abort(), this);
        _handshaking = true;
        try
        {
            await _stream.WriteAsync(Identification.Encode(_localIdentification), CancellationToken.None).ConfigureAwait(false);
            _peerIdentification = await Identification.ReadAsync(_stream, fromServer: !IsServer).ConfigureAwait(false);
            if (IsServer && _options.PreferGcm) await WaitForPeerKexInitAsync().ConfigureAwait(false);
            else SendKexInit();
            while (KeyExchanges == 0)
            {
                if (TryRead(out PacketView unexpected))
                    throw new SshProtocolException(DisconnectReason.ProtocolError, $"message {(byte)unexpected.Id} before the end of the key exchange");
                if (KeyExchanges > 0) break;
                await _writer.FlushAsync().ConfigureAwait(false);
                if (!await FillAsync().ConfigureAwait(false)) throw new SshConnectionClosedException("the connection was closed during the key exchange");
            }

            await _writer.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OperationCanceledException)
        {
            throw new OperationCanceledException("the key exchange was cancelled", e, cancellationToken);
        }
        catch (Exception e) when (e is IOException and not SshConnectionClosedException or ObjectDisposedException)
        {
            throw new SshConnectionClosedException("the connection was lost during the key exchange", DisconnectReason.ConnectionLost, e);
        }
        finally
        {
            _handshaking = false;
        }
    }

    /// <summary>
    /// Reads more bytes, or finishes a key exchange step that <see cref="TryRead"/> met. False when the peer closed the connection.
    /// </summary>
    public ValueTask<bool> FillAsync() => _pendingKexMessage is null ? FillFromStreamAsync() : ProcessKexMessageAsync();

    /// <summary>The next message for the layers above; messages of the transport layer are dealt with in here.</summary>
    public bool TryRead(out PacketView packet)
    {
        // What stands behind the first NEWKEYS belongs to whoever reads after the handshake.
        while (_pendingKexMessage is null && !(_handshaking && KeyExchanges > 0) && _reader.TryRead(out packet))
        {
            if (!HandleTransportMessage(packet)) return true;
        }

        packet = default;
        return false;
    }

    /// <summary>
    /// The next message as an owned array, for the phases where one message at a time is exchanged. Sends what was written before it waits.
    /// </summary>
    /// <exception cref="SshConnectionClosedException">The peer closed the connection.</exception>
    public async ValueTask<byte[]> ReadMessageAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenRegistration registration = cancellationToken.Register(static t => ((SshTransport)t!).Abort(), this);
        try
        {
            while (true)
            {
                if (TryRead(out PacketView packet)) return packet.Payload.ToArray();
                // In the background: a peer that is waiting for us to read must not make us wait for it to read.
                _writer.FlushInBackground();
                if (!await FillAsync().ConfigureAwait(false)) throw new SshConnectionClosedException("the peer closed the connection");
            }
        }
        catch (SshConnectionClosedException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("reading was cancelled", e, cancellationToken);
        }
    }

    /// <summary>Writes one message; it leaves with the next flush. While keys are exchanged it waits, in order.</summary>
    /// <exception cref="SshProtocolException">The peer makes us answer without end while keys are exchanged.</exception>
    public void Write(ReadOnlySpan<byte> payload) => _writer.Write(payload);

    /// <summary>The same for one who waits for <see cref="FlushAsync"/> before he writes more.</summary>
    internal void WriteAwaited(ReadOnlySpan<byte> payload) => _writer.WriteAwaited(payload);

    /// <summary>Forwards a message read from another transport, without copying its payload; <paramref name="packet"/> is used up.</summary>
    public void Forward(PacketView packet) => _writer.Forward(packet);

    /// <summary>Sends what was written; completes when it was handed to TCP.</summary>
    public ValueTask FlushAsync() => _writer.FlushAsync();

    /// <summary>Sends what was written without waiting for the peer to take it.</summary>
    public void FlushInBackground() => _writer.FlushInBackground();

    /// <summary>Begins to send what was written; the caller then waits with <see cref="WaitForAnswersAsync"/>, so no number of answers is too many yet.</summary>
    public void StartFlush() => _writer.StartFlush();

    /// <summary>Waits while many answers wait for the peer.</summary>
    /// <exception cref="SshProtocolException">The peer takes nothing of what it asked for.</exception>
    public ValueTask WaitForAnswersAsync() => _writer.WaitForAnswersAsync();

    /// <summary>True between our KEXINIT and our NEWKEYS: ordinary messages wait.</summary>
    public bool IsGateClosed => _writer.IsGateClosed;

    /// <summary>True from the peer's KEXINIT to its NEWKEYS: nothing but key exchange can come from it.</summary>
    public bool IsPeerExchangingKeys => _peerKexInit is not null;

    /// <summary>Completes when ordinary messages may leave.</summary>
    public Task WaitForGateAsync() => _writer.WaitForGateAsync();

    /// <summary>
    /// The user is authenticated (a server has written SSH_MSG_USERAUTH_SUCCESS, a client has read it): packet limits are raised, and
    /// compression begins where it was negotiated.
    /// </summary>
    public void SetAuthenticated()
    {
        _authenticated = true;
        _reader.MaxPacketLength = PacketReader.MaxLengthAfterAuthentication;
        if (Compresses(Algorithms?.CompressionIn)) _reader.StartDecompression();
        if (Compresses(Algorithms?.CompressionOut)) _writer.StartCompression();
    }

    /// <summary>
    /// From here on whoever reads does nothing that may block, so his continuation may run on the thread that noticed the bytes. Until
    /// then it runs on the thread pool.
    /// </summary>
    public void RunCompletionsInline() => _inline = true;

    /// <summary>Sends SSH_MSG_DISCONNECT (once) and closes the connection, within a second even if the peer does not read.</summary>
    public async Task DisconnectAsync(DisconnectReason reason, string description)
    {
        if (!_disconnectSent && Volatile.Read(ref _closed) == 0)
        {
            _disconnectSent = true;
            try
            {
                WriteDisconnect(reason, description);
                await _writer.FlushAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(1), _options.TimeProvider).ConfigureAwait(false);
                await FinishSendingAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or TimeoutException or ObjectDisposedException or SshProtocolException)
            {
                // The peer is gone or does not read: closing is all that is left.
            }
        }

        Abort();
    }

    /// <summary>Closes the connection at once; a pending read or flush ends. May be called from any thread, several times.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        _stream.Dispose();
        _writer.Abort();
    }

    /// <summary>Closes the connection and frees keys and buffers. The task that reads must have ended.</summary>
    public ValueTask DisposeAsync()
    {
        Abort();
        _writer.Dispose();
        _reader.Dispose();
        DisposeKeyExchange();
        return ValueTask.CompletedTask;
    }

    private bool Compresses(string? algorithm) => _authenticated && algorithm == DelayedCompression;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillFromStreamAsync()
    {
        try
        {
            ValueTask<bool> fill = _reader.FillAsync();
            if (_inline || fill.IsCompleted) return await fill.ConfigureAwait(false);
            bool result = await fill.ConfigureAwait(false);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return result;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            throw new SshConnectionClosedException("the connection was lost", DisconnectReason.ConnectionLost, e);
        }
    }

    /// <summary>
    /// Half-closes and lets the peer's last bytes run out for a moment: closing a socket with unread input resets it, and the
    /// peer would never see the reason.
    /// </summary>
    private async Task FinishSendingAsync()
    {
        if (_stream is not System.Net.Sockets.NetworkStream network) return;
        network.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        byte[] rest = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(250), _options.TimeProvider);
        try
        {
            for (int i = 0; i < 64 && await network.Socket.ReceiveAsync(rest.AsMemory(), limit.Token).ConfigureAwait(false) > 0; i++)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // Enough was waited.
        }
    }
}
