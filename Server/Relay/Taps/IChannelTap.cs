using SshGateway.Protocol.Connection.Sessions;

namespace SshGateway.Server.Relay.Taps;

/// <summary>Where bytes of a channel come from; the numbers are those of the recording format.</summary>
internal enum DataStream : byte
{
    /// <summary>From the client.</summary>
    Typed = 0,

    /// <summary>From the destination.</summary>
    Output = 1,

    /// <summary>From the destination, as extended data (standard error).</summary>
    Error = 2,
}

/// <summary>
/// Sees one channel. Calls that concern one side come one after the other, in the order of the wire; those of the two sides may come at
/// the same time. Everything is called before it is forwarded. All but <see cref="Data"/> may be called while the relay holds its lock:
/// they must neither wait nor call the relay.
/// </summary>
internal interface IChannelTap
{
    /// <summary>The other side has accepted the channel.</summary>
    void Confirmed()
    {
    }

    /// <summary>The client asks for a terminal. Its modes are in <see cref="Request"/>, which follows.</summary>
    void TerminalRequested(string terminal, WindowSize size)
    {
    }

    void Resized(WindowSize size)
    {
    }

    /// <summary>
    /// Any request that is forwarded, as it came; not those that start something (<see cref="Starting"/>). What is behind the want-reply
    /// flag is in <paramref name="data"/>.
    /// </summary>
    void Request(Side from, string type, ReadOnlySpan<byte> data)
    {
    }

    /// <summary>
    /// Asked when the client asks for a shell, command or subsystem, before <see cref="Starting"/> and without any lock: nothing is started, and
    /// nothing more read from the client, until this completes. A tap that must not let it happen ends the connection and completes never.
    /// </summary>
    ValueTask PrepareAsync(CancellationToken connectionEnded) => ValueTask.CompletedTask;

    /// <summary>A shell, command or subsystem is asked for; with what really goes to the destination.</summary>
    void Starting(ChannelStart start)
    {
    }

    /// <summary>Bytes, also those that the gateway itself shows the user. They are only valid during the call.</summary>
    void Data(DataStream stream, ReadOnlySpan<byte> bytes)
    {
    }

    void EndOfFile(Side from)
    {
    }

    /// <summary>What was started has ended: with a status, or by a signal (its name without SIG).</summary>
    void Exited(uint? status, string? signal)
    {
    }

    /// <summary>The channel is closed, was refused, or its connection has ended. Comes exactly once, last.</summary>
    void Closed()
    {
    }

    /// <summary>
    /// Asked before an exit status, an exit signal or the destination's close is forwarded, without any lock: they wait until this completes, so
    /// that all the user has seen is stored by then. The relay waits <see cref="RelayLimits.TapPatience"/> at most, and during that
    /// time reads nothing more from the destination.
    /// </summary>
    ValueTask SettleAsync(CancellationToken connectionEnded) => ValueTask.CompletedTask;
}
