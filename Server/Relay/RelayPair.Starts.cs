using System.Text;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Commands;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>What a session starts: rewritten as <see cref="CommandRewriter"/> says, with the variables that go before it.</summary>
internal sealed partial class RelayPair
{
    private const string OriginalCommand = "SSH_ORIGINAL_COMMAND";

    /// <summary>What becomes of the commands that users ask for.</summary>
    public CommandRewriter Commands { get; init; } = CommandRewriter.Plain;

    private void Start(ChannelSlot slot, string type, ReadOnlySpan<byte> data, bool wantReply, PacketView packet)
    {
        ReadOnlySpan<byte> asked = type == ChannelStart.Shell ? [] : new SshReader(data).ReadString();
        if (Commands.Rewrite(type, asked) is not { } start || (start.IsUsersOwn && !IsPermitted(start)))
        {
            if (wantReply) AnswerChannel(slot, Side.Client, success: false);
            return;
        }

        if ((start.ForceTerminal || Commands.Rules.ForceTerminal) && start.Type != ChannelStart.Subsystem) AskForTerminal(slot);
        WriteVariables(slot, start);
        slot.Tap?.Starting(start);
        Greet(slot);
        slot.IsStarted = true;
        if (wantReply) slot[Side.Client].Replies.Enqueue(ReplyKind.Forward);
        if (start.IsUnchanged) ForwardTo(Side.Client, slot, packet);
        else WriteStart(slot, start, wantReply);
    }

    /// <summary>Forced by the user's own file, not by the operator: it may be no more than he could ask for.</summary>
    private bool IsPermitted(ChannelStart start)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        if (start.Type != ChannelStart.Shell) writer.WriteString(start.Command.Span);
        return _policy.AllowsChannelRequest(start.Type, writer.Written);
    }

    private void WriteVariables(ChannelSlot slot, ChannelStart start)
    {
        foreach (KeyValuePair<string, string> variable in Commands.Rules.Environment) WriteVariable(slot, variable.Key, Encoding.UTF8.GetBytes(variable.Value));
        foreach (KeyValuePair<string, string> variable in start.Environment) WriteVariable(slot, variable.Key, Encoding.UTF8.GetBytes(variable.Value));
        // As sshd does it, where the destination accepts the variable.
        if (Commands.Rules.IsForced && start.AskedType != ChannelStart.Shell) WriteVariable(slot, OriginalCommand, start.AskedCommand.Span);
    }

    private void WriteVariable(ChannelSlot slot, string name, ReadOnlySpan<byte> value)
    {
        // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string "env", boolean false, string name, string value
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.ChannelRequest);
        writer.WriteUInt32(slot[Side.Destination].Id);
        writer.WriteString("env");
        writer.WriteBoolean(false);
        writer.WriteString(name);
        writer.WriteString(value);
        _destination.Write(writer.Written);
    }

    private void WriteStart(ChannelSlot slot, ChannelStart start, bool wantReply)
    {
        // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string "exec" | "subsystem" | "shell", boolean want reply[, string command]
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.ChannelRequest);
        writer.WriteUInt32(slot[Side.Destination].Id);
        writer.WriteString(start.Type);
        writer.WriteBoolean(wantReply);
        if (start.Type != ChannelStart.Shell) writer.WriteString(start.Command.Span);
        _destination.Write(writer.Written);
    }

    /// <summary><c>-tt</c>: the command gets a terminal although the client has none; of what size nobody can say.</summary>
    private void AskForTerminal(ChannelSlot slot)
    {
        if (slot.HasTerminal || !_policy.AllowsChannelRequest("pty-req", [])) return;
        // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string "pty-req", boolean false, string TERM, uint32 columns, uint32 rows,
        // uint32 width, uint32 height, string modes
        using var writer = new SshWriter(stackalloc byte[128]);
        writer.WriteMessageId(MessageId.ChannelRequest);
        writer.WriteUInt32(slot[Side.Destination].Id);
        writer.WriteString("pty-req");
        writer.WriteBoolean(false);
        writer.WriteString("dumb");
        writer.WriteUInt32(80);
        writer.WriteUInt32(24);
        writer.WriteUInt32(0);
        writer.WriteUInt32(0);
        writer.WriteString([0]);
        _destination.Write(writer.Written);
    }

    /// <summary>A user who is bound to a command does not get to say what he has asked for.</summary>
    private bool IsForgedVariable(ReadOnlySpan<byte> data) =>
        Commands.Rules.IsForced && new SshReader(data).ReadString().SequenceEqual("SSH_ORIGINAL_COMMAND"u8);
}
