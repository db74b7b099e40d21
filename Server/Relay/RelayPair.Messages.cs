using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>What the gateway itself shows the user, between the destination's bytes (see <see cref="ClientBacklog"/>).</summary>
internal sealed partial class RelayPair
{
    private const uint StandardError = 1;
    private static readonly TimeSpan TellPatience = TimeSpan.FromSeconds(2);

    private byte[]? _greeting;

    /// <summary>Output of a program that is shown before the first session's own: on its terminal, or as its standard error.</summary>
    public ReadOnlyMemory<byte> Greeting
    {
        init => _greeting = value.IsEmpty ? null : value.ToArray();
    }

    /// <summary>
    /// Shows a message on the terminal of every interactive session, escaped, on lines of its own. Sessions without a terminal get nothing: their bytes
    /// belong to a program. Returns how many terminals there were; completes when TCP has taken it, or after two seconds.
    /// </summary>
    public async Task<int> TellAsync(string message)
    {
        byte[] text = TerminalText.Message(message);
        int told = 0;
        lock (_lock)
        {
            foreach (ChannelSlot slot in _channels.All())
            {
                if (slot is { HasTerminal: true, IsStarted: true } && Show(slot, text, null)) told++;
            }
        }

        if (told == 0) return 0;
        try
        {
            await _client.FlushAsync().AsTask().WaitAsync(TellPatience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or SshConnectionClosedException)
        {
            // A client that does not read, or is gone.
        }

        return told;
    }

    private void Greet(ChannelSlot slot)
    {
        if (_greeting is not { } output) return;
        _greeting = null;
        if (slot.HasTerminal) Show(slot, TerminalText.Output(output), null);
        else Show(slot, output, StandardError);
        _client.FlushInBackground();
    }

    /// <summary>False: the channel takes no more data, or too much is waiting already.</summary>
    private bool Show(ChannelSlot slot, ReadOnlySpan<byte> text, uint? dataType)
    {
        if (!slot.IsOpen || slot[Side.Client].CloseSent || slot[Side.Destination].EofSent || slot[Side.Destination].CloseSent) return false;
        slot.Backlog ??= new ClientBacklog(slot[Side.Destination].Window, slot[Side.Client].MaxPacket);
        if (slot.Backlog.Debt + text.Length > ClientBacklog.MaxDebt) return false;
        slot.Tap?.Data(dataType is null ? DataStream.Output : DataStream.Error, text);
        slot.Backlog.Show(text, dataType);
        slot.Backlog.Drain(_client, slot[Side.Client].Id);
        return true;
    }

    /// <summary>The destination's data, when something was shown on the channel: true if it must not be forwarded now.</summary>
    private bool WaitsBehindBacklog(ChannelSlot slot, PacketView packet, uint length)
    {
        if (slot.Backlog is not { } backlog || backlog.TryPass(length)) return false;
        backlog.Enqueue(packet);
        backlog.Drain(_client, slot[Side.Client].Id);
        return true;
    }

    /// <summary>The client's grant, less what the gateway has used of it; 0: the destination is told nothing.</summary>
    private uint GrantLessDebt(ChannelSlot slot, uint bytes)
    {
        if (slot.Backlog is not { } backlog) return bytes;
        uint rest = backlog.Grant(bytes);
        backlog.Drain(_client, slot[Side.Client].Id);
        if (backlog.IsDone) slot.Backlog = null;
        return rest;
    }

    /// <summary>The client wants no more data: what waits of it is dropped, so that the destination's close is not kept from it.</summary>
    private void DropBacklog(ChannelSlot slot)
    {
        if (slot.Backlog is not { } backlog) return;
        backlog.DiscardData();
        backlog.Drain(_client, slot[Side.Client].Id);
    }
}
