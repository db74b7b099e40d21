using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Tests.Transport;

/// <summary>Where a raw peer stands: everything before the named message of its own is done, the message itself is not sent yet.</summary>
internal enum RawStep
{
    Identification,
    KexInit,
    KexMethod,
    NewKeys,
    Service,
    Userauth,
    Authenticated,
}

/// <summary>
/// A peer that can send any bytes and any packet in any state, as client or as server, with or without finishing a key exchange.
/// Only the reading half is the transport's own; nothing that is sent is checked.
/// </summary>
internal sealed class RawPeer : IAsyncDisposable
{
    public const string DefaultIdentification = "SSH-2.0-Raw_1.0";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Stream _stream;
    private readonly bool _isServer;
    private readonly PacketReader _reader;
    private PrivateKey _key;
    private PacketSealer? _sealer;
    private PacketOpener? _nextOpener;
    private PacketSealer? _nextSealer;
    private KexInitMessage? _localKexInit;
    private KexInitMessage? _peerKexInit;
    private KeyAgreement? _agreement;
    private byte[] _clientShare = [];
    private byte[] _sessionId = [];
    private uint _sequence;
    private RawStep _step;

    /// <param name="stream">The connection; becomes the peer's.</param>
    /// <param name="isServer">The role the peer plays.</param>
    /// <param name="key">Its host key as server, its user's key as client.</param>
    public RawPeer(Stream stream, bool isServer, PrivateKey key)
    {
        _stream = stream;
        _isServer = isServer;
        _key = key;
        _reader = new PacketReader(stream) { MaxPacketLength = PacketReader.MaxLengthAfterAuthentication };
    }

    public string Identification { get; set; } = DefaultIdentification;

    public string PeerIdentification { get; private set; } = "";

    public AlgorithmPreferences Offer { get; set; } = new()
    {
        KeyExchanges = ["curve25519-sha256"],
        HostKeys = ["ssh-ed25519"],
        Ciphers = ["aes128-gcm@openssh.com"],
        Macs = ["hmac-sha2-256-etm@openssh.com"],
    };

    /// <summary>Names beside the methods in the first KEXINIT.</summary>
    public IReadOnlyList<string>? Markers { get; set; }

    public string User { get; set; } = "user";

    public byte[] SessionId => _sessionId;

    public PublicKey? HostKey { get; private set; }

    public NegotiatedAlgorithms? Algorithms { get; private set; }

    private bool IsStrict { get; set; }

    /// <summary>Does everything that comes before a step.</summary>
    public async Task AdvanceAsync(RawStep step)
    {
        while (_step < step)
        {
            switch (_step)
            {
                case RawStep.Identification:
                    await SendBytesAsync(Encoding.ASCII.GetBytes(Identification + "\r\n"));
                    await ReadIdentificationAsync();
                    break;
                case RawStep.KexInit:
                    await ExchangeKexInitAsync();
                    break;
                case RawStep.KexMethod:
                    await ExchangeSharesAsync();
                    break;
                case RawStep.NewKeys:
                    await ExchangeNewKeysAsync();
                    break;
                case RawStep.Service:
                    await ExchangeServiceAsync();
                    break;
                case RawStep.Userauth:
                    await ExchangeUserauthAsync();
                    break;
            }

            _step++;
        }
    }

    public async Task ReadIdentificationAsync() =>
        PeerIdentification = await Protocol.Transport.Identification.ReadAsync(_stream, fromServer: !_isServer).AsTask().WaitAsync(Patience);

    /// <summary>Renews the keys, from the KEXINIT on.</summary>
    public async Task RekeyAsync(bool sendKexInit = true)
    {
        if (sendKexInit) await ExchangeKexInitAsync();
        await ExchangeSharesAsync();
        await ExchangeNewKeysAsync();
    }

    public Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    /// <summary>Sends messages in one write.</summary>
    public Task SendAsync(params byte[][] messages) => SendBytesAsync(messages.SelectMany(message => Seal(Frame(message))).ToArray());

    public Task SendAsync(MessageId id) => SendAsync([(byte)id]);

    /// <summary>packet_length, padding_length, payload and padding, with the least padding unless another is given.</summary>
    public byte[] Frame(ReadOnlySpan<byte> payload, int? padding = null)
    {
        int block = Math.Max(8, _sealer?.BlockSize ?? 8);
        int covered = 1 + payload.Length + ((_sealer?.LengthIsPadded ?? true) ? 4 : 0);
        int least = block - (covered % block);
        if (least < 4) least += block;
        byte[] frame = new byte[5 + payload.Length + (padding ?? least)];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        frame[4] = (byte)(padding ?? least);
        payload.CopyTo(frame.AsSpan(5));
        return frame;
    }

    /// <summary>Protects a frame under the current keys, whatever stands in it.</summary>
    public byte[] Seal(byte[] frame)
    {
        uint sequence = _sequence++;
        if (_sealer is null) return frame;
        byte[] packet = new byte[frame.Length + _sealer.TagLength];
        _sealer.Seal(sequence, frame, packet);
        return packet;
    }

    /// <summary>The next message, of whatever kind; null when the other side has closed the connection.</summary>
    public async Task<byte[]?> ReadAsync()
    {
        while (true)
        {
            if (TryRead(out byte[] payload)) return payload;
            try
            {
                if (!await _reader.FillAsync().AsTask().WaitAsync(Patience)) return null;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>The next message that is not EXT_INFO; it must have this number.</summary>
    public async Task<byte[]> ExpectAsync(MessageId id)
    {
        while (true)
        {
            byte[] message = await ReadAsync() ?? throw new InvalidOperationException($"closed before {id}");
            if ((MessageId)message[0] == MessageId.ExtInfo && id != MessageId.ExtInfo) continue;
            if ((MessageId)message[0] == id) return message;
            string text = (MessageId)message[0] == MessageId.Disconnect ? Encoding.UTF8.GetString(message) : "";
            throw new InvalidOperationException($"message {message[0]} where {id} was expected {text}");
        }
    }

    /// <summary>Numbers of all messages that <see cref="ReadToEndAsync"/> has met.</summary>
    public List<MessageId> Seen { get; } = [];

    /// <summary>Reads until the other side closes; the reason of its DISCONNECT, or null if it closed without one.</summary>
    public async Task<DisconnectReason?> ReadToEndAsync()
    {
        DisconnectReason? reason = null;
        while (await ReadAsync() is { } message)
        {
            Seen.Add((MessageId)message[0]);
            if ((MessageId)message[0] == MessageId.Disconnect) reason = (DisconnectReason)BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(1));
            if ((MessageId)message[0] != MessageId.NewKeys || _nextOpener is null) continue;
            _reader.ChangeKeys(_nextOpener, IsStrict);
            _nextOpener = null;
        }

        return reason;
    }

    /// <param name="firstKexPacketFollows">Announces a guessed message.</param>
    public async Task SendKexInitAsync(bool firstKexPacketFollows = false)
    {
        byte[] payload = CreateKexInit();
        // boolean first_kex_packet_follows stands before the last uint32.
        if (firstKexPacketFollows) payload[^5] = 1;
        _localKexInit = KexInitMessage.Parse(payload);
        await SendAsync(payload);
    }

    public async Task ReceiveKexInitAsync()
    {
        _peerKexInit = KexInitMessage.Parse(await ExpectAsync(MessageId.KexInit));
        (KexInitMessage client, KexInitMessage server) = _isServer ? (_peerKexInit, _localKexInit!) : (_localKexInit!, _peerKexInit);
        if (_sessionId.Length == 0)
            IsStrict = client.KeyExchanges.Contains(KexInitMessage.StrictClient) && server.KeyExchanges.Contains(KexInitMessage.StrictServer);
        Algorithms = KexInitMessage.Negotiate(client, server, _isServer, IsStrict);
    }

    /// <summary>Shows and signs with another key from now on.</summary>
    public void ChangeKey(PrivateKey key) => _key = key;

    /// <summary>Goes on with a step that a test has done by itself.</summary>
    public void Skip() => _step++;

    public Task SendShareAsync(ReadOnlySpan<byte> share) => SendAsync([(byte)MessageId.KexEcdhInit, .. EncodeString(share)]);

    /// <summary>SSH_MSG_KEX_ECDH_REPLY with a share of any kind, and the true host key.</summary>
    public Task SendReplyAsync(ReadOnlySpan<byte> share, ReadOnlySpan<byte> signature) =>
        SendAsync([(byte)MessageId.KexEcdhReply, .. EncodeString(_key.PublicKey.Blob.Span), .. EncodeString(share), .. EncodeString(signature)]);

    /// <summary>SSH_MSG_USERAUTH_REQUEST of method publickey, in every variation.</summary>
    public byte[] PublickeyRequest(
        PrivateKey? signer = null, PublicKey? shown = null, string? algorithm = null, byte[]? sessionId = null, string? innerAlgorithm = null,
        bool sign = true, string method = "publickey", PublicKey? hostKey = null, string? user = null, string service = "ssh-connection", byte[]? trailer = null)
    {
        signer ??= _key;
        PublicKey key = shown ?? signer.PublicKey;
        algorithm ??= key.SignatureAlgorithms[0];
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(user ?? User);
        writer.WriteString(service);
        writer.WriteString(method);
        writer.WriteBoolean(sign);
        writer.WriteString(algorithm);
        writer.WriteString(key.Blob.Span);
        if (method != "publickey") writer.WriteString((hostKey ?? HostKey!).Blob.Span);
        if (sign)
        {
            byte[] signed = [.. EncodeString(sessionId ?? _sessionId), .. writer.Written];
            writer.WriteString(signer.Sign(innerAlgorithm ?? algorithm, signed));
        }

        writer.WriteBytes(trailer ?? []);
        return writer.ToArray();
    }

    public static byte[] EncodeString(ReadOnlySpan<byte> bytes)
    {
        byte[] encoded = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(encoded, bytes.Length);
        bytes.CopyTo(encoded.AsSpan(4));
        return encoded;
    }

    public static byte[] Message(MessageId id, params string[] strings) =>
        [(byte)id, .. strings.SelectMany(text => EncodeString(Encoding.UTF8.GetBytes(text)))];

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _reader.Dispose();
        _sealer?.Dispose();
        _nextSealer?.Dispose();
        _nextOpener?.Dispose();
        _agreement?.Dispose();
    }

    public byte[] CreateKexInit()
    {
        string[] markers = _sessionId.Length > 0 ? []
            : [.. Markers ?? (_isServer ? [KexInitMessage.StrictServer] : [KexInitMessage.StrictClient, KexInitMessage.ExtInfoClient])];
        return KexInitMessage.Create(Offer, markers).Payload;
    }

    private bool TryRead(out byte[] payload)
    {
        bool found = _reader.TryRead(out PacketView packet);
        payload = found ? packet.Payload.ToArray() : [];
        return found;
    }

    private async Task ExchangeKexInitAsync()
    {
        await SendKexInitAsync();
        await ReceiveKexInitAsync();
        if (_isServer) _clientShare = ReadStrings(await ExpectAsync(MessageId.KexEcdhInit), 1)[0];
    }

    private async Task ExchangeSharesAsync()
    {
        _agreement?.Dispose();
        _agreement = new Curve25519KeyAgreement();
        if (_isServer)
        {
            (byte[] share, byte[] secret) = _agreement.Respond(_clientShare);
            HostKey = _key.PublicKey;
            byte[] hash = ExchangeHash(share, secret);
            await SendReplyAsync(share, _key.Sign(Algorithms!.HostKey, hash));
            DeriveKeys(secret, hash);
            return;
        }

        _clientShare = _agreement.CreateClientShare();
        await SendShareAsync(_clientShare);
        byte[][] reply = ReadStrings(await ExpectAsync(MessageId.KexEcdhReply), 3);
        HostKey = PublicKey.Parse(reply[0]);
        byte[] clientSecret = _agreement.DeriveSecret(reply[1]);
        DeriveKeys(clientSecret, ExchangeHash(reply[1], clientSecret));
    }

    private async Task ExchangeNewKeysAsync()
    {
        await SendAsync(MessageId.NewKeys);
        _sealer?.Dispose();
        _sealer = _nextSealer;
        _nextSealer = null;
        if (IsStrict) _sequence = 0;
        await ExpectAsync(MessageId.NewKeys);
        _reader.ChangeKeys(_nextOpener!, IsStrict);
        _nextOpener = null;
    }

    private async Task ExchangeServiceAsync()
    {
        if (_isServer)
        {
            await ExpectAsync(MessageId.ServiceRequest);
            await SendAsync(Message(MessageId.ServiceAccept, "ssh-userauth"));
            await ExpectAsync(MessageId.UserauthRequest);
            return;
        }

        await SendAsync(Message(MessageId.ServiceRequest, "ssh-userauth"));
        await ExpectAsync(MessageId.ServiceAccept);
    }

    private async Task ExchangeUserauthAsync()
    {
        if (_isServer)
        {
            await SendAsync(MessageId.UserauthSuccess);
            return;
        }

        await SendAsync(PublickeyRequest());
        await ExpectAsync(MessageId.UserauthSuccess);
    }

    private byte[] ExchangeHash(byte[] serverShare, byte[] secret)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteString(_isServer ? PeerIdentification : Identification);
        writer.WriteString(_isServer ? Identification : PeerIdentification);
        writer.WriteString((_isServer ? _peerKexInit : _localKexInit)!.Payload);
        writer.WriteString((_isServer ? _localKexInit : _peerKexInit)!.Payload);
        writer.WriteString(HostKey!.Blob.Span);
        writer.WriteString(_clientShare);
        writer.WriteString(serverShare);
        writer.WriteString(secret);
        return SHA256.HashData(writer.Written);
    }

    private void DeriveKeys(byte[] secret, byte[] hash)
    {
        if (_sessionId.Length == 0) _sessionId = hash;
        using var derivation = new KeyDerivation(HashAlgorithmName.SHA256, secret, hash, _sessionId);
        _nextSealer = DirectionKeys.CreateSealer(derivation, Algorithms!, _isServer);
        _nextOpener = DirectionKeys.CreateOpener(derivation, Algorithms!, _isServer);
    }

    private static byte[][] ReadStrings(byte[] message, int count)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        byte[][] strings = new byte[count][];
        for (int i = 0; i < count; i++) strings[i] = reader.ReadString().ToArray();
        return strings;
    }
}
