using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay.Held;

/// <summary>Opens at the destination the session that a held client has already.</summary>
internal sealed class HeldOpening
{
    private const int MaxMessages = 64;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What the destination said meanwhile, for the relay: frames, in order.</summary>
    public IReadOnlyList<byte[]> Messages => _messages;

    private readonly List<byte[]> _messages = [];

    private HeldOpening(HeldSession session) => Session = session;

    /// <summary>The client's session.</summary>
    public HeldSession Session { get; }

    /// <summary>The same at the destination; null: it refuses.</summary>
    public OpenedSession? Opened { get; private set; }

    /// <summary>Why, in the destination's words, escaped.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Opens it; a destination that breaks the protocol, leaves or does not answer in time has refused it.</summary>
    public static async Task<HeldOpening> RunAsync(HeldSession session, SshTransport destination)
    {
        var opening = new HeldOpening(session);
        opening.WriteOpen(destination);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (!opening.Handle(await destination.ReadMessageAsync(limit.Token).ConfigureAwait(false)))
            {
            }
        }
        catch (OperationCanceledException)
        {
            opening.Refusal = "it does not answer in time";
        }
        catch (Exception e) when (e is SshProtocolException or SshConnectionClosedException)
        {
            opening.Refusal = PeerText.Escape(e.Message);
        }

        return opening;
    }

    /// <summary>True: it was the answer.</summary>
    private bool Handle(byte[] message)
    {
        var reader = new SshReader(message);
        switch (reader.ReadMessageId())
        {
            case MessageId.ChannelOpenConfirmation when reader.ReadUInt32() == HeldSession.Number:
                Opened = new OpenedSession(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
                return true;
            case MessageId.ChannelOpenFailure when reader.ReadUInt32() == HeldSession.Number:
                reader.ReadUInt32();
                Refusal = PeerText.Escape(reader.ReadText(1024));
                return true;
            case MessageId.GlobalRequest when _messages.Count < MaxMessages:
                byte[] frame = new byte[PacketView.FrameHeaderLength + message.Length];
                message.CopyTo(frame, PacketView.FrameHeaderLength);
                _messages.Add(frame);
                return false;
            default:
                throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} before the session is open");
        }
    }

    private void WriteOpen(SshTransport destination)
    {
        // byte SSH_MSG_CHANNEL_OPEN, string "session", uint32 sender channel, uint32 initial window, uint32 maximum packet
        using var writer = new SshWriter(stackalloc byte[32]);
        writer.WriteMessageId(MessageId.ChannelOpen);
        writer.WriteString("session");
        writer.WriteUInt32(HeldSession.Number);
        writer.WriteUInt32(Session.Window);
        writer.WriteUInt32(Math.Min(Session.MaxPacket, RelayPair.MaxChannelPacket));
        destination.Write(writer.Written);
    }
}
