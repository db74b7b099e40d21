using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>What happens once a second: silent peers, keys that grew old, key exchanges that never end.</summary>
internal sealed partial class RelayPair
{
    private LivenessProbe _destinationProbe;
    private ulong _bytesAtLastTick;
    private long _lastActiveTicks;

    /// <summary>When channel data last passed, as the last tick saw it (once a second); the start, if none has passed.</summary>
    public DateTimeOffset LastActive => new(Volatile.Read(ref _lastActiveTicks), TimeSpan.Zero);

    /// <summary>Called once a second by the one timer that serves all sessions.</summary>
    public void Tick()
    {
        NoteActivity();
        if (_client.IsKeyExchangeOverdue) _client.Abort();
        if (_destination.IsKeyExchangeOverdue) _destination.Abort();
        try
        {
            RenewKeysWhereDue();
            Probe();
        }
        catch (Exception e) when (e is SshConnectionClosedException or SshProtocolException)
        {
            // The pump that reads this leg meets the same end and reports it.
        }
    }

    private void NoteActivity()
    {
        (ulong fromClient, ulong fromDestination) = DataBytes;
        ulong bytes = unchecked(fromClient + fromDestination);
        if (bytes == _bytesAtLastTick && _lastActiveTicks != 0) return;
        _bytesAtLastTick = bytes;
        Volatile.Write(ref _lastActiveTicks, Time.GetUtcNow().UtcTicks);
    }

    private void Probe()
    {
        switch (_destinationProbe.Tick(_destination.BytesReceived))
        {
            case ProbeAction.Ask:
                AskDestination();
                break;
            case ProbeAction.GiveUp:
                _destination.Abort();
                break;
        }
    }

    /// <summary>byte SSH_MSG_GLOBAL_REQUEST, string "keepalive@openssh.com", boolean want reply (OpenSSH PROTOCOL 2.8 gives the channel form).</summary>
    private void AskDestination()
    {
        using var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteMessageId(MessageId.GlobalRequest);
        writer.WriteString("keepalive@openssh.com");
        writer.WriteBoolean(true);
        lock (_lock)
        {
            _globalReplies[(int)Side.Client].Enqueue(ReplyKind.Swallow);
            _destination.Write(writer.Written);
        }

        _destination.FlushInBackground();
    }
}
