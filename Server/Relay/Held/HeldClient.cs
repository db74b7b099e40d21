using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay.Held;

/// <summary>
/// A client that is logged in while the gateway is not yet logged in to the destination, because that wants the agent which the client forwards. Its first
/// session is confirmed with window 0; everything it asks for is held, in order, and handed to the relay afterwards. One task uses it.
/// </summary>
/// <param name="client">The client's leg.</param>
/// <param name="accept">Sends SSH_MSG_USERAUTH_SUCCESS.</param>
/// <param name="limit">Time for the client to ask for agent forwarding, and for all that its agent has to answer.</param>
internal sealed class HeldClient(SshTransport client, Action accept, TimeSpan limit) : IDisposable
{
    /// <summary>Our number of the agent's channel; no slot of the relay ever has it, for it is closed before.</summary>
    private const uint AgentNumber = 1;

    private const string OutOfTime = "the destination wants your forwarded agent (ssh -A): no session asked for it, or the agent did not answer, in time";
    private const int MaxMessages = 1024;
    private const int MaxBytes = 1024 * 1024;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(10);

    private readonly List<byte[]> _messages = [];
    private readonly CancellationTokenSource _ended = new();
    private Task _deadline = Task.CompletedTask;
    private AgentChannel? _agent;
    private int _bytes;
    private bool _isAccepted;
    private bool _wantsAgent;
    private bool _wantsNoAgent;
    private bool _wasAsked;

    /// <summary>The session that was confirmed to the client; null: none was.</summary>
    public HeldSession? Session { get; private set; }

    /// <summary>What the client has sent and nobody has answered, in order: frames as <see cref="PacketView.FromFrame"/> takes them.</summary>
    public IReadOnlyList<byte[]> Messages => _messages;

    /// <summary>Why the client cannot be served any more; null: it can.</summary>
    public Exception? Broken { get; private set; }

    /// <summary>The agent was wanted and the client has none to give.</summary>
    public bool HasNoAgent { get; private set; }

    /// <summary>Tells the client that it is logged in; once.</summary>
    public void Accept()
    {
        if (_isAccepted) return;
        _isAccepted = true;
        accept();
    }

    /// <summary>
    /// Waits until the client's first session asks for agent forwarding, and opens a channel to the agent. Null when it starts something without having asked:
    /// a client that did not would take the channel for a break-in.
    /// </summary>
    public async ValueTask<AgentClient?> OpenAgentAsync(CancellationToken cancellationToken)
    {
        if (_wasAsked) return null;
        _wasAsked = true;
        _deadline = Task.Delay(limit, _ended.Token);
        try
        {
            Accept();
            while (!_wantsAgent && !_wantsNoAgent) Hold(await ReadAsync(cancellationToken).ConfigureAwait(false));
            if (_wantsAgent && await OpenChannelAsync(cancellationToken).ConfigureAwait(false)) return new AgentClient(new AgentStream(this));
        }
        catch (Exception e) when (IsOfClient(e))
        {
            // The destination has no part in it: whoever called goes on to where Broken is looked at.
        }

        HasNoAgent = true;
        return null;
    }

    /// <summary>Closes the agent's channel, so that nothing of it is left for the relay.</summary>
    public async ValueTask CloseAgentAsync()
    {
        if (_agent is not { } agent || Broken is not null) return;
        _deadline = Task.Delay(CloseLimit, _ended.Token);
        try
        {
            if (!agent.CloseSent) WriteSimple(MessageId.ChannelClose, agent.Peer);
            agent.CloseSent = true;
            while (!agent.CloseReceived) await ReceiveAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfClient(e))
        {
            // Broken says it.
        }
    }

    /// <exception cref="SshProtocolException">The client broke the protocol, or took too long.</exception>
    /// <exception cref="SshConnectionClosedException">It has left.</exception>
    public void ThrowIfBroken()
    {
        if (Broken is { } broken) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(broken);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    /// <summary>Bytes of the agent; 0: it has closed its channel.</summary>
    internal async ValueTask<int> ReadAgentAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        AgentChannel agent = _agent!;
        try
        {
            while (agent.Received.Length == 0 && !agent.IsEnded) await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsOfClient(e))
        {
            throw new IOException("the client is gone", e);
        }

        int count = Math.Min(buffer.Length, agent.Received.Length);
        agent.Received[..count].CopyTo(buffer);
        agent.Received = agent.Received[count..];
        return count;
    }

    /// <summary>Bytes for the agent, as its window lets them.</summary>
    internal async ValueTask WriteAgentAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        AgentChannel agent = _agent!;
        try
        {
            while (!data.IsEmpty)
            {
                while (agent.Window == 0 && !agent.IsEnded) await ReceiveAsync(cancellationToken).ConfigureAwait(false);
                if (agent.IsEnded) throw new IOException("the agent has closed its channel");
                int count = (int)Math.Min(Math.Min(data.Length, agent.MaxPacket), agent.Window);
                WriteData(agent.Peer, data.Span[..count]);
                agent.Window -= count;
                data = data[count..];
            }
        }
        catch (Exception e) when (IsOfClient(e))
        {
            throw new IOException("the client is gone", e);
        }
    }

    /// <summary>Notes what the client itself has done to end this; anything else is no affair of ours.</summary>
    private bool IsOfClient(Exception error)
    {
        if (error is not (SshProtocolException or SshConnectionClosedException)) return false;
        Broken ??= error;
        return true;
    }

    private async ValueTask<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        Task<byte[]> reading = client.ReadMessageAsync(cancellationToken).AsTask();
        if (await Task.WhenAny(reading, _deadline).ConfigureAwait(false) == reading) return await reading.ConfigureAwait(false);
        await client.DisconnectAsync(DisconnectReason.ByApplication, OutOfTime).ConfigureAwait(false);
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new SshConnectionClosedException(OutOfTime, DisconnectReason.ByApplication);
    }

    private async ValueTask<bool> OpenChannelAsync(CancellationToken cancellationToken)
    {
        WriteOpen();
        _agent = new AgentChannel();
        while (!_agent.IsOpen && !_agent.IsEnded) await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (_agent.IsOpen) return true;
        _agent = null;
        return false;
    }

    /// <summary>One message: the agent's is taken note of, the rest is held.</summary>
    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        byte[] message = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!IsOfAgent(message)) Hold(message);
    }

    private bool IsOfAgent(byte[] message)
    {
        if ((MessageId)message[0] is < MessageId.ChannelOpenConfirmation or > MessageId.ChannelFailure) return false;
        var reader = new SshReader(message);
        MessageId id = reader.ReadMessageId();
        if (reader.ReadUInt32() != AgentNumber) return false;
        AgentChannel agent = _agent!;
        switch (id)
        {
            case MessageId.ChannelOpenConfirmation when !agent.IsOpen:
                // uint32 sender channel, uint32 initial window, uint32 maximum packet
                (agent.Peer, agent.Window, agent.MaxPacket) = (reader.ReadUInt32(), reader.ReadUInt32(), Math.Clamp(reader.ReadUInt32(), 1, HeldSession.OurMaxPacket));
                agent.IsOpen = true;
                break;
            case MessageId.ChannelOpenFailure when !agent.IsOpen:
                agent.IsEnded = true;
                break;
            case MessageId.ChannelData when agent.IsOpen && !agent.IsEnded:
                agent.Add(reader.ReadString());
                break;
            case MessageId.ChannelWindowAdjust when agent.IsOpen:
                agent.Window = Math.Min(agent.Window + reader.ReadUInt32(), uint.MaxValue);
                break;
            case MessageId.ChannelEof when agent.IsOpen:
                agent.IsEnded = true;
                break;
            case MessageId.ChannelClose when agent.IsOpen && !agent.CloseReceived:
                agent.IsEnded = agent.CloseReceived = true;
                break;
            default:
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} on the agent's channel");
        }

        return true;
    }

    private void Hold(byte[] message)
    {
        switch ((MessageId)message[0])
        {
            case MessageId.UserauthRequest:
                // After success further requests are ignored (RFC 4252 §5.1).
                return;
            case < (MessageId)80:
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]}");
            case MessageId.ChannelOpen when Session is null && TryConfirm(message):
                return;
            case MessageId.ChannelOpen when Session is null:
                // A forward without a session: nothing will ask for an agent.
                _wantsNoAgent = true;
                break;
            case MessageId.ChannelRequest:
                NoteRequest(message);
                break;
            case MessageId.ChannelClose:
                _wantsNoAgent = true;
                break;
        }

        byte[] frame = new byte[PacketView.FrameHeaderLength + message.Length];
        message.CopyTo(frame, PacketView.FrameHeaderLength);
        _bytes += frame.Length;
        if (_messages.Count == MaxMessages || _bytes > MaxBytes) throw new SshProtocolException(DisconnectReason.ByApplication, "too much was asked for before the destination is there");
        _messages.Add(frame);
    }

    private void NoteRequest(byte[] message)
    {
        // uint32 recipient channel, string request type, …
        var reader = new SshReader(message);
        reader.ReadMessageId();
        if (Session is null || reader.ReadUInt32() != HeldSession.Number) throw new SshProtocolException(DisconnectReason.ProtocolError, "a request for a channel that is not open");
        ReadOnlySpan<byte> type = reader.ReadString();
        if (type.SequenceEqual("auth-agent-req@openssh.com"u8)) _wantsAgent = true;
        else if (type.SequenceEqual("shell"u8) || type.SequenceEqual("exec"u8) || type.SequenceEqual("subsystem"u8)) _wantsNoAgent = true;
    }

    private bool TryConfirm(byte[] message)
    {
        // string channel type, uint32 sender channel, uint32 initial window, uint32 maximum packet
        var reader = new SshReader(message);
        reader.ReadMessageId();
        if (!reader.ReadString().SequenceEqual("session"u8)) return false;
        Session = new HeldSession(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        // byte SSH_MSG_CHANNEL_OPEN_CONFIRMATION, uint32 recipient channel, uint32 sender channel, uint32 initial window, uint32 maximum packet
        using var writer = new SshWriter(stackalloc byte[32]);
        writer.WriteMessageId(MessageId.ChannelOpenConfirmation);
        writer.WriteUInt32(Session.Peer);
        writer.WriteUInt32(HeldSession.Number);
        writer.WriteUInt32(0);
        writer.WriteUInt32(HeldSession.OurMaxPacket);
        client.Write(writer.Written);
        return true;
    }

    private void WriteOpen()
    {
        // byte SSH_MSG_CHANNEL_OPEN, string channel type, uint32 sender channel, uint32 initial window, uint32 maximum packet
        using var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteMessageId(MessageId.ChannelOpen);
        writer.WriteString("auth-agent@openssh.com");
        writer.WriteUInt32(AgentNumber);
        writer.WriteUInt32(AgentChannel.OurWindow);
        writer.WriteUInt32(HeldSession.OurMaxPacket);
        client.Write(writer.Written);
    }

    private void WriteData(uint recipient, ReadOnlySpan<byte> data)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.ChannelData);
        writer.WriteUInt32(recipient);
        writer.WriteString(data);
        client.Write(writer.Written);
    }

    private void WriteSimple(MessageId id, uint recipient)
    {
        using var writer = new SshWriter(stackalloc byte[8]);
        writer.WriteMessageId(id);
        writer.WriteUInt32(recipient);
        client.Write(writer.Written);
    }

    /// <summary>The channel to the agent.</summary>
    private sealed class AgentChannel
    {
        /// <summary>All that an agent may ever send here: lists and signatures for one login. It is not granted again.</summary>
        public const uint OurWindow = 4 * AgentClient.MaxMessageSize;

        private uint _total;

        public uint Peer { get; set; }

        public long Window { get; set; }

        public long MaxPacket { get; set; }

        public bool IsOpen { get; set; }

        /// <summary>Nothing more comes from it, or it never was.</summary>
        public bool IsEnded { get; set; }

        public bool CloseSent { get; set; }

        public bool CloseReceived { get; set; }

        public ReadOnlyMemory<byte> Received { get; set; }

        public void Add(ReadOnlySpan<byte> data)
        {
            _total += (uint)data.Length;
            if (_total > OurWindow) throw new SshProtocolException(DisconnectReason.ProtocolError, "the agent sends more than its window lets it");
            Received = (byte[])[.. Received.Span, .. data];
        }
    }
}
