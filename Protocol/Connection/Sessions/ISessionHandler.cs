namespace SshGateway.Protocol.Connection.Sessions;

/// <summary>
/// What a server does with one session channel (RFC 4254 §6). All methods but <see cref="RunAsync"/> are called by the read loop, in
/// the order of the client's requests, and must not block.
/// </summary>
public interface ISessionHandler
{
    /// <summary>Whether the program may have a terminal. Called before the program runs.</summary>
    bool AcceptPty(ServerSession session, PtyRequest pty) => true;

    /// <summary>Whether an environment variable is taken into <see cref="ServerSession.Environment"/>.</summary>
    bool AcceptEnvironment(ServerSession session, string name, ReadOnlyMemory<byte> value) => false;

    /// <summary>Whether the program can be run; only one is ever asked for successfully on a session.</summary>
    bool AcceptStart(ServerSession session, SessionStart start) => true;

    /// <summary>
    /// Runs the program. When it returns, its exit status, EOF and CLOSE are sent; an exception that is not about the channel's end
    /// becomes the status 255.
    /// </summary>
    /// <param name="session">Channel, terminal, environment.</param>
    /// <param name="start">What is to be run.</param>
    /// <param name="cancellationToken">Cancelled when the client closes the channel or the connection ends.</param>
    Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken);

    /// <summary>The client's terminal has another size.</summary>
    void WindowChanged(ServerSession session, WindowSize size)
    {
    }

    /// <summary>A signal for the program, name without SIG; false: not delivered.</summary>
    bool Signal(ServerSession session, string name) => false;

    /// <summary>A break (RFC 4335); false: not delivered.</summary>
    bool Break(ServerSession session, TimeSpan length) => false;

    /// <summary>Any other request, e.g. <c>auth-agent-req@openssh.com</c>; true: granted.</summary>
    bool OtherRequest(ServerSession session, ChannelRequest request) => false;
}

/// <summary>What a client wants to be run.</summary>
/// <param name="Kind">Shell, command or subsystem.</param>
/// <param name="Command">The command, or the subsystem's name, as sent; empty for a shell.</param>
public sealed record SessionStart(SessionKind Kind, ReadOnlyMemory<byte> Command)
{
    /// <summary>The command as text; bytes that are not UTF-8 are replaced.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Command.Span);
}

/// <summary>The three requests that start a program (RFC 4254 §6.5).</summary>
public enum SessionKind
{
    Shell,
    Command,
    Subsystem,
}
