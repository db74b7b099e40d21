using SshGateway.Protocol.Connection.Sessions;

namespace SshGateway.Server.Relay.Taps;

/// <summary>Several taps of one connection, told in the order in which they were given.</summary>
internal sealed class JoinedRelayTap(IRelayTap[] taps) : IRelayTap
{
    public void Attached(RelayPair relay)
    {
        foreach (IRelayTap tap in taps) tap.Attached(relay);
    }

    public IChannelTap? ChannelOpening(in ChannelOpening opening)
    {
        var channel = new List<IChannelTap>(taps.Length);
        foreach (IRelayTap tap in taps)
        {
            if (tap.ChannelOpening(opening) is { } opened) channel.Add(opened);
        }

        return channel.Count switch
        {
            0 => null,
            1 => channel[0],
            _ => new JoinedChannelTap([.. channel]),
        };
    }

    public async ValueTask WaitForRoomAsync(CancellationToken connectionEnded)
    {
        foreach (IRelayTap tap in taps) await tap.WaitForRoomAsync(connectionEnded).ConfigureAwait(false);
    }

    public async ValueTask EndedAsync()
    {
        foreach (IRelayTap tap in taps) await tap.EndedAsync().ConfigureAwait(false);
    }
}

/// <summary>Several taps of one channel.</summary>
internal sealed class JoinedChannelTap(IChannelTap[] taps) : IChannelTap
{
    public void Confirmed()
    {
        foreach (IChannelTap tap in taps) tap.Confirmed();
    }

    public void TerminalRequested(string terminal, WindowSize size)
    {
        foreach (IChannelTap tap in taps) tap.TerminalRequested(terminal, size);
    }

    public void Resized(WindowSize size)
    {
        foreach (IChannelTap tap in taps) tap.Resized(size);
    }

    public void Request(Side from, string type, ReadOnlySpan<byte> data)
    {
        foreach (IChannelTap tap in taps) tap.Request(from, type, data);
    }

    public async ValueTask PrepareAsync(CancellationToken connectionEnded)
    {
        foreach (IChannelTap tap in taps) await tap.PrepareAsync(connectionEnded).ConfigureAwait(false);
    }

    public void Starting(ChannelStart start)
    {
        foreach (IChannelTap tap in taps) tap.Starting(start);
    }

    public void Data(DataStream stream, ReadOnlySpan<byte> bytes)
    {
        foreach (IChannelTap tap in taps) tap.Data(stream, bytes);
    }

    public void EndOfFile(Side from)
    {
        foreach (IChannelTap tap in taps) tap.EndOfFile(from);
    }

    public void Exited(uint? status, string? signal)
    {
        foreach (IChannelTap tap in taps) tap.Exited(status, signal);
    }

    public void Closed()
    {
        foreach (IChannelTap tap in taps) tap.Closed();
    }

    public async ValueTask SettleAsync(CancellationToken connectionEnded)
    {
        foreach (IChannelTap tap in taps) await tap.SettleAsync(connectionEnded).ConfigureAwait(false);
    }
}
