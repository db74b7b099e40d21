using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>The seam for those who look on (see <see cref="IRelayTap"/>). Without a tap each of these is one comparison with null.</summary>
internal sealed partial class RelayPair
{
    private readonly IRelayTap? _tap;
    private readonly CancellationTokenSource? _ended;
    private readonly TimeSpan _tapPatience;
    private uint _channelsOpened;
    private readonly HeldPacket?[] _held = new HeldPacket?[2];

    /// <summary>Completes when the tap can take another batch.</summary>
    public ValueTask WaitForTapAsync() => _tap is null ? ValueTask.CompletedTask : _tap.WaitForRoomAsync(_ended!.Token);

    /// <summary>Forwards what <see cref="Handle"/> has held back, as soon as the channel's tap lets it.</summary>
    public async Task ReleaseHeldAsync(Side side)
    {
        Transport(side.Other()).FlushInBackground();
        Transport(side).FlushInBackground();
        HeldPacket held = _held[(int)side]!;
        _held[(int)side] = null;
        try
        {
            await held.Ready.WaitAsync(held.Patience, _ended!.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Who stores too slowly does not keep the user waiting for ever.
        }

        Dispatch(side, PacketView.FromFrame(held.Frame));
    }

    /// <summary>The end of a program waits until the channel's tap has settled. True when it does not have to: nothing was held.</summary>
    private bool IsSettled(PacketView packet)
    {
        if (packet.Id != MessageId.ChannelClose && !IsExit(packet)) return true;
        IChannelTap? tap;
        lock (_lock) tap = OpenSlot(Side.Destination, packet.Payload).Tap;
        if (tap is null) return true;
        ValueTask settled = tap.SettleAsync(_ended!.Token);
        if (settled.IsCompletedSuccessfully) return true;
        _held[(int)Side.Destination] = new HeldPacket(packet.ToFrame(), settled.AsTask(), _tapPatience);
        return false;
    }

    /// <summary>A start waits until the channel's tap is prepared for it. True when it does not have to: nothing was held.</summary>
    private bool IsPrepared(PacketView packet)
    {
        if (packet.Id != MessageId.ChannelRequest || !IsStart(TypeOfRequest(packet))) return true;
        IChannelTap? tap;
        lock (_lock) tap = OpenSlot(Side.Client, packet.Payload).Tap;
        if (tap is null) return true;
        ValueTask prepared = tap.PrepareAsync(_ended!.Token);
        if (prepared.IsCompletedSuccessfully) return true;
        _held[(int)Side.Client] = new HeldPacket(packet.ToFrame(), prepared.AsTask(), Timeout.InfiniteTimeSpan);
        return false;
    }

    private static bool IsExit(PacketView packet) => packet.Id == MessageId.ChannelRequest && TypeOfRequest(packet).StartsWith("exit-s"u8);

    private static bool IsStart(ReadOnlySpan<byte> type) => type.SequenceEqual("exec"u8) || type.SequenceEqual("shell"u8) || type.SequenceEqual("subsystem"u8);

    private static ReadOnlySpan<byte> TypeOfRequest(PacketView packet)
    {
        // byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string request type, …
        var reader = new SshReader(packet.Payload);
        reader.ReadBytes(5);
        return reader.ReadString();
    }

    private void TapOpening(ChannelSlot slot, ReadOnlySpan<byte> typeSpecificData)
    {
        uint sequence = _channelsOpened++;
        if (_tap is null) return;
        slot.Tap = _tap.ChannelOpening(new ChannelOpening
        {
            Sequence = sequence,
            Type = slot.ChannelType,
            OpenedBy = slot.OpenedBy,
            TypeSpecificData = typeSpecificData,
        });
    }

    private static void TapRequest(IChannelTap tap, Side side, string type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case "pty-req" when TerminalRequest.TryRead(data, out string terminal, out WindowSize size):
                tap.TerminalRequested(terminal, size);
                break;
            case "window-change" when TerminalRequest.TryReadSize(data, out WindowSize size):
                tap.Resized(size);
                break;
            case "exit-status" when side == Side.Destination && data.Length >= 4:
                tap.Exited(new SshReader(data).ReadUInt32(), null);
                break;
            case "exit-signal" when side == Side.Destination:
                tap.Exited(null, new SshReader(data).ReadAscii(64));
                break;
        }

        tap.Request(side, type, data);
    }

    private static DataStream StreamOf(Side side, MessageId id) =>
        side == Side.Client ? DataStream.Typed : id == MessageId.ChannelData ? DataStream.Output : DataStream.Error;

    private async ValueTask EndTapAsync()
    {
        if (_tap is null) return;
        lock (_lock)
        {
            foreach (ChannelSlot slot in _channels.All()) slot.Tap?.Closed();
        }

        await _tap.EndedAsync().ConfigureAwait(false);
    }

    /// <param name="Frame">The packet, copied.</param>
    /// <param name="Ready">When it may go on.</param>
    /// <param name="Patience">When it goes on in any case.</param>
    private sealed record HeldPacket(byte[] Frame, Task Ready, TimeSpan Patience);
}
