using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>Requests and their replies (RFC 4254 §4, §5.4), on the connection and on channels.</summary>
internal sealed partial class RelayPair
{
    /// <summary>Global replies that each side waits for.</summary>
    private readonly ReplyQueue[] _globalReplies = new ReplyQueue[2];

    /// <summary>Payloads of <see cref="ReplyKind.AnswerKept"/>, in order; bounded by the queue.</summary>
    private readonly Queue<byte[]> _keptReplies = new();
    private int _remoteForwards;
    private int _streamlocalForwards;
    private bool _x11Requested;
    private bool _agentRequested;

    private void HandleGlobalRequest(Side side, PacketView packet)
    {
        // byte SSH_MSG_GLOBAL_REQUEST, string request name, boolean want reply, …
        var reader = new SshReader(packet.Payload);
        reader.ReadMessageId();
        string type = reader.ReadAscii(256);
        bool wantReply = reader.ReadBoolean();
        switch (type)
        {
            case "keepalive@openssh.com":
                // Any reply is a sign of life; OpenSSH's own is a failure.
                if (wantReply) AnswerGlobal(side, success: false);
                return;
            case "hostkeys-prove-00@openssh.com" when side == Side.Client:
                ProveHostKeys(reader.Rest, wantReply);
                return;
            case "hostkeys-00@openssh.com" when side == Side.Destination:
                // The destination's keys prove nothing to a client that connected to the gateway, which has announced its own.
                if (wantReply) AnswerGlobal(side, success: false);
                return;
            case "no-more-sessions@openssh.com" when !_destinationIsOpenSsh:
                if (wantReply) AnswerGlobal(side, success: false);
                return;
        }

        if (side == Side.Client && !_policy.AllowsGlobalRequest(type, reader.Rest))
        {
            if (wantReply) AnswerGlobal(side, success: false);
            return;
        }

        if (side == Side.Client) NoteForward(type);
        if (wantReply) _globalReplies[(int)side].Enqueue(ReplyKind.Forward);
        Transport(side.Other()).Forward(packet);
    }

    private void NoteForward(string type)
    {
        // A count is enough: the client itself knows which listeners it asked for.
        if (type == "tcpip-forward") _remoteForwards++;
        else if (type == "streamlocal-forward@openssh.com") _streamlocalForwards++;
    }

    private void HandleGlobalReply(Side side, PacketView packet)
    {
        Side asker = side.Other();
        ref ReplyQueue queue = ref _globalReplies[(int)asker];
        if (queue.TakeRemote() == ReplyKind.Forward) Transport(asker).Forward(packet);
        while (queue.TryTakeLocal(out ReplyKind answer)) WriteGlobalReply(asker, answer);
    }

    private void AnswerGlobal(Side asker, bool success) =>
        AnswerGlobal(asker, success ? ReplyKind.AnswerSuccess : ReplyKind.AnswerFailure);

    private void AnswerGlobal(Side asker, ReplyKind answer)
    {
        ref ReplyQueue queue = ref _globalReplies[(int)asker];
        if (queue.Count == 0) WriteGlobalReply(asker, answer);
        else queue.Enqueue(answer);
    }

    private void WriteGlobalReply(Side asker, ReplyKind answer)
    {
        if (answer == ReplyKind.AnswerKept) Transport(asker).Write(_keptReplies.Dequeue());
        else Transport(asker).Write([(byte)(answer == ReplyKind.AnswerSuccess ? MessageId.RequestSuccess : MessageId.RequestFailure)]);
    }

    private void HandleChannelRequest(Side side, PacketView packet)
    {
        // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string request type, boolean want reply, …
        ChannelSlot slot = OpenSlot(side, packet.Payload);
        var reader = new SshReader(packet.Payload);
        reader.ReadBytes(5);
        string type = reader.ReadAscii(256);
        bool wantReply = reader.ReadBoolean();
        switch (type)
        {
            case "keepalive@openssh.com":
                if (wantReply) AnswerChannel(slot, side, success: false);
                return;
            case "eow@openssh.com" when side == Side.Client && !_destinationIsOpenSsh:
                return;
        }

        if (side == Side.Client && (!_policy.AllowsChannelRequest(type, reader.Rest) || (type == "env" && IsForgedVariable(reader.Rest))))
        {
            if (wantReply) AnswerChannel(slot, side, success: false);
            return;
        }

        if (side == Side.Client && type == "x11-req") _x11Requested = true;
        if (side == Side.Client && type == "auth-agent-req@openssh.com") _agentRequested = true;
        if (side == Side.Client && type is ChannelStart.Shell or ChannelStart.Exec or ChannelStart.Subsystem)
        {
            Start(slot, type, reader.Rest, wantReply, packet);
            return;
        }

        if (slot.Tap is { } tap) TapRequest(tap, side, type, reader.Rest);
        bool terminal = side == Side.Client && type == "pty-req";
        if (terminal) slot.HasTerminal = true;
        if (wantReply) slot[side].Replies.Enqueue(terminal ? ReplyKind.ForwardTerminal : ReplyKind.Forward);
        ForwardTo(side, slot, packet);
    }

    private void HandleChannelReply(Side side, PacketView packet)
    {
        ChannelSlot slot = OpenSlot(side, packet.Payload);
        Side asker = side.Other();
        ref ReplyQueue queue = ref slot[asker].Replies;
        ReplyKind kind = queue.TakeRemote();
        if (kind == ReplyKind.ForwardTerminal && packet.Id == MessageId.ChannelFailure) slot.HasTerminal = false;
        if (kind is ReplyKind.Forward or ReplyKind.ForwardTerminal) ForwardTo(side, slot, packet);
        while (queue.TryTakeLocal(out ReplyKind answer)) WriteChannelReply(slot, asker, answer == ReplyKind.AnswerSuccess);
    }

    private void AnswerChannel(ChannelSlot slot, Side asker, bool success)
    {
        ref ReplyQueue queue = ref slot[asker].Replies;
        if (queue.Count == 0) WriteChannelReply(slot, asker, success);
        else queue.Enqueue(success ? ReplyKind.AnswerSuccess : ReplyKind.AnswerFailure);
    }

    private void WriteChannelReply(ChannelSlot slot, Side asker, bool success)
    {
        byte[] frame = new byte[PacketView.FrameHeaderLength + 5];
        frame[PacketView.FrameHeaderLength] = (byte)(success ? MessageId.ChannelSuccess : MessageId.ChannelFailure);
        ForwardTo(asker.Other(), slot, PacketView.FromFrame(frame));
    }
}
