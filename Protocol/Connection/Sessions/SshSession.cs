using System.Buffers.Binary;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection.Sessions;

/// <summary>The client's side of a session channel (RFC 4254 §6): one program run by the server.</summary>
/// <remarks>
/// Ask for a terminal and environment first, then for exactly one of shell, command and subsystem. Its input and output are the
/// channel's data, its standard error the extended data.
/// </remarks>
public sealed class SshSession : IAsyncDisposable
{
    private readonly TaskCompletionSource<ExitStatus> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SshSession()
    {
    }

    public SshChannel Channel { get; private set; } = null!;

    /// <summary>
    /// How the program ended; completes with <see cref="ExitStatus.Unknown"/> when the channel is closed without a word. Output
    /// may still be waiting to be read then.
    /// </summary>
    public Task<ExitStatus> Exited => _exit.Task;

    /// <summary>Opens a session channel.</summary>
    /// <exception cref="SshChannelException">The server refuses.</exception>
    public static async Task<SshSession> OpenAsync(SshConnection connection, CancellationToken cancellationToken = default)
    {
        var session = new SshSession();
        session.Channel = await connection.OpenChannelAsync("session", default, session.HandleRequest, cancellationToken).ConfigureAwait(false);
        _ = session.Channel.Closed.ContinueWith(
            static (_, s) => ((SshSession)s!)._exit.TrySetResult(ExitStatus.Unknown), session, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return session;
    }

    /// <summary>Asks for a terminal (RFC 4254 §6.2); false: refused.</summary>
    public Task<bool> RequestPtyAsync(PtyRequest pty, CancellationToken cancellationToken = default) =>
        Channel.RequestAsync(PtyRequest.RequestName, pty.Encode(), cancellationToken);

    /// <summary>Sets an environment variable of the program to come (RFC 4254 §6.4); false: refused.</summary>
    public Task<bool> SetEnvironmentAsync(string name, string value, CancellationToken cancellationToken = default) =>
        Channel.RequestAsync("env", EncodeStrings(name, value), cancellationToken);

    /// <summary>Runs a command (RFC 4254 §6.5); false: refused.</summary>
    public Task<bool> ExecuteAsync(string command, CancellationToken cancellationToken = default) =>
        Channel.RequestAsync("exec", EncodeStrings(command), cancellationToken);

    /// <summary>Starts the user's shell (RFC 4254 §6.5); false: refused.</summary>
    public Task<bool> ShellAsync(CancellationToken cancellationToken = default) => Channel.RequestAsync("shell", default, cancellationToken);

    /// <summary>Starts a subsystem, e.g. <c>sftp</c> (RFC 4254 §6.5); false: refused.</summary>
    public Task<bool> SubsystemAsync(string name, CancellationToken cancellationToken = default) =>
        Channel.RequestAsync("subsystem", EncodeStrings(name), cancellationToken);

    /// <summary>Sends the program a signal (RFC 4254 §6.9). Nobody answers.</summary>
    /// <param name="name">Name without SIG, e.g. <c>TERM</c>.</param>
    /// <param name="cancellationToken">Ends the waiting for TCP.</param>
    public ValueTask SignalAsync(string name, CancellationToken cancellationToken = default) =>
        Channel.NotifyAsync("signal", EncodeStrings(name), cancellationToken);

    /// <summary>Sends a break (RFC 4335); false: refused.</summary>
    /// <param name="length">Length of the break, in whole milliseconds; zero: the server's choice.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<bool> BreakAsync(TimeSpan length = default, CancellationToken cancellationToken = default)
    {
        byte[] milliseconds = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(milliseconds, (uint)length.TotalMilliseconds);
        return Channel.RequestAsync("break", milliseconds, cancellationToken);
    }

    /// <summary>Tells that the terminal has another size (RFC 4254 §6.7). Nobody answers.</summary>
    public ValueTask WindowChangeAsync(WindowSize size, CancellationToken cancellationToken = default) =>
        Channel.NotifyAsync("window-change", size.Encode(), cancellationToken);

    /// <summary>Closes the channel without waiting for the server.</summary>
    public ValueTask DisposeAsync() => Channel.DisposeAsync();

    private static byte[] EncodeStrings(params ReadOnlySpan<string> texts)
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        foreach (string text in texts) writer.WriteString(text);
        return writer.ToArray();
    }

    private void HandleRequest(ChannelRequest request)
    {
        switch (request.Name)
        {
            case ExitStatus.CodeRequest:
                _exit.TrySetResult(ExitStatus.ReadCode(request.Data.Span));
                request.Reply(success: true);
                break;
            case ExitStatus.SignalRequest:
                _exit.TrySetResult(ExitStatus.ReadSignal(request.Data.Span));
                request.Reply(success: true);
                break;
            default:
                // keepalive@openssh.com among them: a failure is an answer.
                request.Reply(success: false);
                break;
        }
    }
}
