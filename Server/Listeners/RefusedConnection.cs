using System.Text;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Held;

namespace SshGateway.Server.Listeners;

/// <summary>
/// A user who is logged in but gets no destination: each session shows why (on its terminal, or as standard error) and ends with a
/// status. Anything else is refused.
/// </summary>
internal sealed class RefusedConnection
{
    private const int MaxChannels = 64;

    private readonly Dictionary<uint, RefusedSession> _sessions = [];
    private readonly SshTransport _client;
    private readonly string _reason;
    private readonly ReadOnlyMemory<byte> _output;
    private readonly uint _status;
    private uint _nextId;

    /// <summary>Each session shows the message and ends with status 1.</summary>
    /// <param name="client">The user's leg.</param>
    /// <param name="message">One line or several.</param>
    /// <param name="shownBefore">Output of a program that the user would have seen before his session.</param>
    public RefusedConnection(SshTransport client, string message, ReadOnlyMemory<byte> shownBefore = default)
        : this(client, message, (byte[])[.. shownBefore.Span, .. Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\n").TrimEnd('\n') + "\n")], status: 1)
    {
    }

    /// <param name="client">The user's leg.</param>
    /// <param name="reason">Told where a channel other than a session is refused.</param>
    /// <param name="output">Shown by each session, as it is.</param>
    /// <param name="status">Exit status of each session.</param>
    public RefusedConnection(SshTransport client, string reason, ReadOnlyMemory<byte> output, uint status)
    {
        _client = client;
        _reason = reason;
        _output = output;
        _status = status;
    }

    /// <summary>A client that has asked for things already; null: it has not.</summary>
    public HeldClient? Held { get; init; }

    /// <summary>Runs until the client leaves, or a minute of patience is over.</summary>
    public async Task RunAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        TakeOverHeld();
        while (true)
        {
            byte[] packet;
            try
            {
                packet = await _client.ReadMessageAsync(patience.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SshConnectionClosedException or OperationCanceledException)
            {
                return;
            }

            Handle(packet);
        }
    }

    private void TakeOverHeld()
    {
        if (Held?.Session is { } session)
        {
            _sessions[_nextId++] = new RefusedSession(_client, session.Peer, session.Window, session.MaxPacket);
        }

        foreach (byte[] frame in Held?.Messages ?? []) Handle(frame[PacketView.FrameHeaderLength..]);
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
            case MessageId.ChannelWindowAdjust:
                if (_sessions.TryGetValue(reader.ReadUInt32(), out RefusedSession? session)) session.Grant(reader.ReadUInt32());
                break;
            case MessageId.ChannelClose:
                _sessions.Remove(reader.ReadUInt32());
                break;
            case MessageId.GlobalRequest:
                reader.ReadString();
                if (reader.ReadBoolean()) _client.Write([(byte)MessageId.RequestFailure]);
                break;
            case < (MessageId)80:
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {packet[0]}");
        }
    }

    private void HandleOpen(ref SshReader reader)
    {
        // string channel type, uint32 sender channel, uint32 initial window, uint32 maximum packet
        bool isSession = reader.ReadString().SequenceEqual("session"u8);
        uint sender = reader.ReadUInt32();
        uint window = reader.ReadUInt32();
        uint maxPacket = reader.ReadUInt32();
        using var writer = new SshWriter(stackalloc byte[256]);
        if (isSession && _sessions.Count < MaxChannels)
        {
            uint id = _nextId++;
            _sessions[id] = new RefusedSession(_client, sender, window, maxPacket);
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
            writer.WriteString(_reason);
            writer.WriteString("");
        }

        _client.Write(writer.Written);
    }

    private void HandleRequest(ref SshReader reader)
    {
        uint id = reader.ReadUInt32();
        ReadOnlySpan<byte> type = reader.ReadString();
        bool wantReply = reader.ReadBoolean();
        if (!_sessions.TryGetValue(id, out RefusedSession? session)) return;
        if (wantReply) session.Confirm();
        if (type.SequenceEqual("pty-req"u8)) session.HasTerminal = true;
        if (type.SequenceEqual("shell"u8) || type.SequenceEqual("exec"u8) || type.SequenceEqual("subsystem"u8)) session.Start(_output, _status);
    }
}
