using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>
/// Key exchange and rekeying (RFC 4253 §7–9), strict key exchange (OpenSSH PROTOCOL 1.9).
/// </summary>
/// <remarks>
/// Steps that may wait (a host key held by an agent, a look-up of known hosts) are done in <see cref="FillAsync"/>, so that the
/// read loop stays one loop: <see cref="TryRead"/> stops at such a message.
/// </remarks>
public sealed partial class SshTransport
{
    private readonly Lock _kexLock = new();
    private byte[] _sessionId = [];
    private byte[]? _pendingKexMessage;
    private KexInitMessage? _localKexInit;
    private KexInitMessage? _peerKexInit;
    private KexMethod? _method;
    private KeyAgreement? _agreement;
    private byte[]? _clientShare;
    private PacketOpener? _nextOpener;
    private NegotiatedAlgorithms? _nextAlgorithms;
    private bool _isStrict;
    private bool _skipWrongGuess;
    private bool _peerWantsExtInfo;
    private bool _expectMethodMessage;
    private long _keysSince;
    private long _exchangeSince;

    /// <summary>Whether the limits of <see cref="RekeyLimits"/> are reached and no exchange is under way.</summary>
    public bool NeedsRekey
    {
        get
        {
            if (KeyExchanges == 0 || IsExchangingKeys) return false;
            RekeyLimits limits = _options.RekeyLimits;
            return _reader.BytesUnderKey >= limits.BytesFor(_reader.CipherBlockSize)
                || _writer.BytesUnderKey >= limits.BytesFor(_writer.CipherBlockSize)
                || _reader.PacketsUnderKey >= limits.Packets
                || _writer.PacketsUnderKey >= limits.Packets
                || (limits.Age > TimeSpan.Zero && _options.TimeProvider.GetElapsedTime(_keysSince) >= limits.Age);
        }
    }

    /// <summary>True while an exchange is under way on this leg, whoever began it.</summary>
    public bool IsExchangingKeys => _localKexInit is not null || _peerKexInit is not null;

    /// <summary>True when an exchange has been under way for longer than <see cref="RekeyLimits.Timeout"/>.</summary>
    public bool IsKeyExchangeOverdue =>
        KeyExchanges > 0 && IsExchangingKeys && _options.TimeProvider.GetElapsedTime(_exchangeSince) > _options.RekeyLimits.Timeout;

    /// <summary>Begins a key exchange unless one is under way; it goes on in the read loop. The caller flushes.</summary>
    public void StartRekey()
    {
        lock (_kexLock)
        {
            if (KeyExchanges > 0 && !IsExchangingKeys) SendKexInit();
        }
    }

    private void SendKexInit()
    {
        lock (_kexLock)
        {
            if (_localKexInit is not null) return;
            _exchangeSince = _options.TimeProvider.GetTimestamp();
            AlgorithmPreferences offer = _options.Algorithms;
            if (IsServer) offer = ServerOffer.For(offer, _options, _peerKexInit);
            string[] markers = KeyExchanges > 0 ? []
                : IsServer ? [KexInitMessage.StrictServer] : [KexInitMessage.ExtInfoClient, KexInitMessage.StrictClient];
            var message = KexInitMessage.Create(offer, markers);
            _localKexInit = message;
            _writer.WriteKexInit(message.Payload);
        }
    }

    /// <summary>
    /// Server: nearly all clients send their KEXINIT at once; ours can then be fitted to it. A client that waits for ours gets
    /// the full list after 50 ms.
    /// </summary>
    private async Task WaitForPeerKexInitAsync()
    {
        Task<bool> fill = FillAsync().AsTask();
        while (true)
        {
            try
            {
                if (!await fill.WaitAsync(TimeSpan.FromMilliseconds(50), _options.TimeProvider).ConfigureAwait(false))
                    throw new SshConnectionClosedException("the connection was closed before a key exchange");
            }
            catch (TimeoutException)
            {
                SendKexInit();
                await _writer.FlushAsync().ConfigureAwait(false);
                if (!await fill.ConfigureAwait(false)) throw new SshConnectionClosedException("the connection was closed before a key exchange");
                return;
            }

            if (TryRead(out PacketView unexpected))
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"message {(byte)unexpected.Id} before the key exchange");
            if (_pendingKexMessage is not null) return;
            fill = FillAsync().AsTask();
        }
    }

    /// <summary>The peer's KEXINIT: from here on only key exchange may come from it.</summary>
    private void BeginPeerKeyExchange(PacketView packet)
    {
        if (_peerKexInit is not null || _nextOpener is not null)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "a second KEXINIT inside a key exchange");
        KexInitMessage message = KexInitMessage.Parse(packet.Payload.ToArray());
        if (KeyExchanges == 0)
        {
            _isStrict = message.KeyExchanges.Contains(IsServer ? KexInitMessage.StrictClient : KexInitMessage.StrictServer, StringComparer.Ordinal);
            _peerWantsExtInfo = IsServer && message.KeyExchanges.Contains(KexInitMessage.ExtInfoClient, StringComparer.Ordinal);
            if (_isStrict && packet.SequenceNumber != 0)
                throw new SshProtocolException(DisconnectReason.ProtocolError, "KEXINIT was not the first message of a strict key exchange");
        }

        if (_localKexInit is null) _exchangeSince = _options.TimeProvider.GetTimestamp();
        _peerKexInit = message;
        _pendingKexMessage = message.Payload;
    }

    private void HandleKexMethodMessage(ReadOnlySpan<byte> payload)
    {
        if (_skipWrongGuess)
        {
            _skipWrongGuess = false;
            return;
        }

        if (_peerKexInit is null || !_expectMethodMessage)
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected key exchange message {payload[0]}");
        _pendingKexMessage = payload.ToArray();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ProcessKexMessageAsync()
    {
        byte[] message = _pendingKexMessage!;
        try
        {
            var id = (MessageId)message[0];
            bool byGroup = _method?.IsGroupExchange ?? false;
            switch (id)
            {
                case MessageId.KexInit:
                    BeginMethod();
                    break;
                case MessageId.KexEcdhInit when IsServer && !byGroup:
                case MessageId.KexDhGexInit when IsServer && byGroup && _group is not null:
                    await AnswerInitAsync(message).ConfigureAwait(false);
                    break;
                case MessageId.KexEcdhReply when !IsServer && !byGroup:
                case MessageId.KexDhGexReply when !IsServer && byGroup && _group is not null:
                    await FinishWithReplyAsync(message).ConfigureAwait(false);
                    break;
                case MessageId.KexDhGexRequest when IsServer && byGroup:
                    AnswerGroupRequest(message);
                    break;
                case MessageId.KexDhGexGroup when !IsServer && byGroup:
                    AcceptGroup(message);
                    break;
                default:
                    throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected key exchange message {message[0]}");
            }
        }
        catch (CryptographicException e)
        {
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the key exchange failed", e);
        }
        finally
        {
            _pendingKexMessage = null;
        }

        // What the step wrote must leave before more is read: the peer waits for it. It never waits for the peer to read.
        _writer.FlushInBackground();
        return true;
    }

    private void BeginMethod()
    {
        SendKexInit();
        KexInitMessage client = IsServer ? _peerKexInit! : _localKexInit!;
        KexInitMessage server = IsServer ? _localKexInit! : _peerKexInit!;
        _nextAlgorithms = KexInitMessage.Negotiate(client, server, IsServer, _isStrict);
        _skipWrongGuess = _peerKexInit!.FirstKexPacketFollows && !KexInitMessage.GuessWasRight(client, server);
        _method = KexCatalog.Get(_nextAlgorithms.KeyExchange);
        _agreement = _method.CreateAgreement?.Invoke();
        _group = null;
        _groupRequest = null;
        _expectMethodMessage = true;
        if (IsServer) return;
        if (_method.IsGroupExchange) WriteGroupRequest();
        else WriteClientShare(MessageId.KexEcdhInit);
    }

    private void WriteClientShare(MessageId id)
    {
        // byte SSH_MSG_KEX_ECDH_INIT, string Q_C (RFC 5656 §4); the other methods' messages have the same shape
        _clientShare = _agreement!.CreateClientShare();
        using var writer = new SshWriter(stackalloc byte[1500]);
        writer.WriteMessageId(id);
        writer.WriteString(_clientShare);
        _writer.WriteUngated(writer.Written);
    }

    private async ValueTask AnswerInitAsync(byte[] message)
    {
        byte[] clientShare = ReadShare(message);
        (byte[] serverShare, byte[] secret) = _agreement!.Respond(clientShare);
        ISshSigner signer = ServerOffer.SignerFor(_options.HostKeys, _nextAlgorithms!.HostKey)
            ?? throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "no host key fits the negotiated algorithm");
        byte[] exchangeHash = ComputeExchangeHash(signer.PublicKey.Blob.Span, clientShare, serverShare, secret);
        byte[] signature = await signer.SignAsync(_nextAlgorithms.HostKey, exchangeHash, CancellationToken.None).ConfigureAwait(false);
        WriteReply(signer.PublicKey.Blob.Span, serverShare, signature);
        HostKey = signer.PublicKey;
        TakeKeys(secret, exchangeHash);
    }

    private static byte[] ReadShare(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        byte[] share = reader.ReadString().ToArray();
        reader.ExpectEnd();
        return share;
    }

    private void WriteReply(ReadOnlySpan<byte> hostKey, ReadOnlySpan<byte> serverShare, ReadOnlySpan<byte> signature)
    {
        // byte SSH_MSG_KEX_ECDH_REPLY, string K_S, string Q_S, string signature of H
        using var writer = new SshWriter(stackalloc byte[2048]);
        writer.WriteMessageId(_method!.IsGroupExchange ? MessageId.KexDhGexReply : MessageId.KexEcdhReply);
        writer.WriteString(hostKey);
        writer.WriteString(serverShare);
        writer.WriteString(signature);
        _writer.WriteUngated(writer.Written);
    }

    private async ValueTask FinishWithReplyAsync(byte[] message)
    {
        (byte[] hostKeyBlob, byte[] serverShare, byte[] signature) = ReadReply(message);
        if (!PublicKey.TryParse(hostKeyBlob, out PublicKey? hostKey))
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the server's host key is malformed");
        byte[] secret = _agreement!.DeriveSecret(serverShare);
        byte[] exchangeHash = ComputeExchangeHash(hostKeyBlob, _clientShare!, serverShare, secret);
        if (!IsSignedBy(hostKey, exchangeHash, signature))
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the signature of the server's host key is wrong");
        if (!hostKey.Equals(HostKey))
        {
            bool trusted = _options.VerifyHostKey is { } verify && await verify(hostKey, CancellationToken.None).ConfigureAwait(false);
            if (!trusted) throw new SshProtocolException(DisconnectReason.HostKeyNotVerifiable, "the server's host key is not trusted");
        }

        HostKey = hostKey;
        if (KeyExchanges == 0) HostKeySignature = signature;
        TakeKeys(secret, exchangeHash);
    }

    /// <summary>ssh-rsa is only negotiated where the legacy profile of a destination offers it.</summary>
    private bool IsSignedBy(PublicKey hostKey, byte[] exchangeHash, byte[] signature) =>
        _nextAlgorithms!.HostKey == KeyTypes.Rsa
            ? hostKey is RsaPublicKey rsa && rsa.VerifyLegacySha1(exchangeHash, signature)
            : hostKey.Verify(_nextAlgorithms.HostKey, exchangeHash, signature);

    private static (byte[] HostKey, byte[] ServerShare, byte[] Signature) ReadReply(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        byte[] hostKey = reader.ReadString().ToArray();
        byte[] share = reader.ReadString().ToArray();
        byte[] signature = reader.ReadString().ToArray();
        reader.ExpectEnd();
        return (hostKey, share, signature);
    }

    /// <summary>H = HASH(V_C ‖ V_S ‖ I_C ‖ I_S ‖ K_S ‖ client share ‖ server share ‖ K), each with its length (RFC 5656 §4).</summary>
    private byte[] ComputeExchangeHash(ReadOnlySpan<byte> hostKey, ReadOnlySpan<byte> clientShare, ReadOnlySpan<byte> serverShare, ReadOnlySpan<byte> secret)
    {
        var writer = new SshWriter(stackalloc byte[4096]);
        writer.WriteString(Encoding.ASCII.GetBytes(IsServer ? _peerIdentification : _localIdentification));
        writer.WriteString(Encoding.ASCII.GetBytes(IsServer ? _localIdentification : _peerIdentification));
        writer.WriteString((IsServer ? _peerKexInit! : _localKexInit!).Payload);
        writer.WriteString((IsServer ? _localKexInit! : _peerKexInit!).Payload);
        writer.WriteString(hostKey);
        WriteGroupForHash(ref writer);
        writer.WriteString(clientShare);
        writer.WriteString(serverShare);
        writer.WriteString(secret);
        byte[] hash = CryptographicOperations.HashData(_method!.Hash, writer.Written);
        writer.Dispose();
        return hash;
    }

    /// <summary>Derives both directions' keys, sends NEWKEYS and takes the sending side into use; receiving waits for the peer's NEWKEYS.</summary>
    private void TakeKeys(byte[] secret, byte[] exchangeHash)
    {
        if (_sessionId.Length == 0) _sessionId = exchangeHash;
        NegotiatedAlgorithms algorithms = _nextAlgorithms!;
        using var derivation = new KeyDerivation(_method!.Hash, secret, exchangeHash, _sessionId);
        PacketSealer sealer = DirectionKeys.CreateSealer(derivation, algorithms, IsServer);
        _nextOpener = DirectionKeys.CreateOpener(derivation, algorithms, IsServer);
        _agreement!.Dispose();
        _agreement = null;
        _clientShare = null;
        _expectMethodMessage = false;
        _keysSince = _options.TimeProvider.GetTimestamp();
        bool first = KeyExchanges == 0;
        lock (_kexLock)
        {
            _writer.WriteNewKeys(sealer, _isStrict, first && _peerWantsExtInfo ? ServerOffer.ExtInfo(_options) : [], Compresses(algorithms.CompressionOut));
            _localKexInit = null;
        }
    }

    private void HandleNewKeys(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 1 || _nextOpener is null || _skipWrongGuess)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "unexpected NEWKEYS");
        _reader.ChangeKeys(_nextOpener, _isStrict, Compresses(_nextAlgorithms!.CompressionIn));
        _nextOpener = null;
        _peerKexInit = null;
        Algorithms = _nextAlgorithms;
        KeyExchanges++;
    }

    private void DisposeKeyExchange()
    {
        _agreement?.Dispose();
        _nextOpener?.Dispose();
    }
}
