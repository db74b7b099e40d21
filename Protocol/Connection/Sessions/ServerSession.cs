using System.Text;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection.Sessions;

/// <summary>The server's side of a session channel: collects what the client asks for and runs its program once.</summary>
public sealed class ServerSession
{
    private const int MaxVariables = 256;
    private const int MaxVariableLength = 128 * 1024;

    private readonly ISessionHandler _handler;
    private readonly List<KeyValuePair<string, ReadOnlyMemory<byte>>> _environment = [];
    private bool _started;

    private ServerSession(AuthenticatedUser user, ISessionHandler handler)
    {
        User = user;
        _handler = handler;
    }

    public AuthenticatedUser User { get; }

    public SshChannel Channel { get; private set; } = null!;

    /// <summary>The terminal that was granted; null: none.</summary>
    public PtyRequest? Pty { get; private set; }

    /// <summary>Size of the terminal now.</summary>
    public WindowSize WindowSize { get; private set; }

    /// <summary>Variables that were accepted, in the client's order; not changed any more once the program runs.</summary>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Environment => _environment;

    /// <summary>Accepts a channel of type session and serves it.</summary>
    /// <param name="request">A request for a channel of type <c>session</c>.</param>
    /// <param name="user">Who is logged in.</param>
    /// <param name="handler">What is done; one for each session.</param>
    public static ServerSession Accept(ChannelOpenRequest request, AuthenticatedUser user, ISessionHandler handler)
    {
        var session = new ServerSession(user, handler);
        session.Channel = request.Accept(session.HandleRequest);
        return session;
    }

    private void HandleRequest(ChannelRequest request)
    {
        // The start answers for itself, before the program's first output.
        switch (request.Name)
        {
            case "shell":
                Start(request, SessionKind.Shell, hasCommand: false);
                break;
            case "exec":
                Start(request, SessionKind.Command, hasCommand: true);
                break;
            case "subsystem":
                Start(request, SessionKind.Subsystem, hasCommand: true);
                break;
            default:
                request.Reply(Grant(request));
                break;
        }
    }

    private bool Grant(ChannelRequest request)
    {
        var reader = new SshReader(request.Data.Span);
        switch (request.Name)
        {
            case PtyRequest.RequestName:
                return GrantPty(PtyRequest.Read(request.Data.Span));
            case "env":
                return GrantVariable(ref reader);
            case "window-change":
                WindowSize = WindowSize.Read(ref reader);
                reader.ExpectEnd();
                _handler.WindowChanged(this, WindowSize);
                return true;
            case "signal":
                string name = reader.ReadAscii(64);
                reader.ExpectEnd();
                return _handler.Signal(this, name);
            case "break":
                uint milliseconds = reader.ReadUInt32();
                reader.ExpectEnd();
                return _handler.Break(this, TimeSpan.FromMilliseconds(milliseconds));
            default:
                return _handler.OtherRequest(this, request);
        }
    }

    private bool GrantPty(PtyRequest pty)
    {
        if (_started || Pty is not null || !_handler.AcceptPty(this, pty)) return false;
        Pty = pty;
        WindowSize = pty.Size;
        return true;
    }

    private bool GrantVariable(ref SshReader reader)
    {
        // string variable name, string variable value (RFC 4254 §6.4)
        string name = Encoding.UTF8.GetString(reader.ReadString());
        byte[] value = reader.ReadString().ToArray();
        reader.ExpectEnd();
        if (_started || _environment.Count == MaxVariables || name.Length + value.Length > MaxVariableLength) return false;
        if (!_handler.AcceptEnvironment(this, name, value)) return false;
        _environment.Add(new(name, value));
        return true;
    }

    private void Start(ChannelRequest request, SessionKind kind, bool hasCommand)
    {
        var reader = new SshReader(request.Data.Span);
        byte[] command = hasCommand ? reader.ReadString().ToArray() : [];
        reader.ExpectEnd();
        var start = new SessionStart(kind, command);
        if (_started || !_handler.AcceptStart(this, start))
        {
            request.Reply(success: false);
            return;
        }

        _started = true;
        request.Reply(success: true);
        // The channel owns the program from here on: its end cancels it, and RunAsync lets no exception out.
        _ = Task.Run(() => RunAsync(start));
    }

    private async Task RunAsync(SessionStart start)
    {
        using var ended = new CancellationTokenSource();
        Task watch = CancelAtEndAsync(ended);
        try
        {
            ExitStatus status = await StatusOfAsync(start, ended.Token).ConfigureAwait(false);
            if (!status.IsUnknown)
                await Channel.NotifyAsync(status.Signal is null ? ExitStatus.CodeRequest : ExitStatus.SignalRequest, status.Encode()).ConfigureAwait(false);
            await Channel.SendEofAsync().ConfigureAwait(false);
            await Channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SshProtocolException)
        {
            // The channel or its connection ended first: there is nobody to tell.
        }

        await watch.ConfigureAwait(false);
    }

    private async Task<ExitStatus> StatusOfAsync(SessionStart start, CancellationToken cancellationToken)
    {
        try
        {
            return await _handler.RunAsync(this, start, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not SshChannelClosedException and not SshConnectionClosedException)
        {
            return 255;
        }
    }

    private async Task CancelAtEndAsync(CancellationTokenSource ended)
    {
        await Channel.Closed.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
