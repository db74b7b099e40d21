using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl;
using SshGateway.Server.Logging;
using SshGateway.Server.Recording.Live;
using SshGateway.Storage.State;

namespace SshGateway.Server.Admin;

/// <summary>
/// The Unix socket through which ctl reaches a gateway whose state is in its own memory: the gateway runs the command line on behalf of
/// whoever connects. Who may is said by the file: mode 0660, the group of <c>admin.group</c>.
/// </summary>
internal sealed class AdminSocket : IAsyncDisposable
{
    /// <summary>Command lines at once; others wait in the backlog.</summary>
    private const int MaxClients = 16;

    private readonly Socket _listener;
    private readonly Func<GatewayConfiguration> _configuration;
    private readonly IStateStore _store;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _room = new(MaxClients);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SessionFeeds _feeds;
    private readonly Task _accepting;

    private AdminSocket(Socket listener, Func<GatewayConfiguration> configuration, IStateStore store, SessionFeeds feeds, ILogger log, TimeProvider time)
    {
        (_listener, _configuration, _store, _feeds, _log, _time) = (listener, configuration, store, feeds, log, time);
        _accepting = Task.Run(AcceptAsync);
    }

    public static string PathIn(string stateDir) => Path.Combine(stateDir, "admin.sock");

    /// <summary>Listens, in place of whatever socket an earlier process left.</summary>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="store">The gateway's store; stays the caller's.</param>
    /// <param name="feeds">The live sessions, for those who watch them.</param>
    /// <param name="log">Who did what.</param>
    /// <param name="time">Clock and time zone.</param>
    /// <exception cref="IOException">It cannot be made; the message says why.</exception>
    public static AdminSocket Start(Func<GatewayConfiguration> configuration, IStateStore store, SessionFeeds feeds, ILogger log, TimeProvider time)
    {
        GatewayConfiguration now = configuration();
        string path = PathIn(now.StateDir);
        return new AdminSocket(GroupSocket.Listen(path, now.AdminGroup, MaxClients), configuration, store, feeds, log, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        for (int i = 0; i < MaxClients; i++) await _room.WaitAsync();
        // A gateway that was started meanwhile has put its own socket there: then the file stays.
        _stopping.Dispose();
        _room.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                await _room.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                Socket client = await _listener.AcceptAsync(_stopping.Token);
                // Each holds its place until it has ended; whoever stops the socket waits for all places.
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                _room.Release();
                if (_stopping.IsCancellationRequested) return;
                // Out of descriptors, most likely.
                _log.AdminSocketFailed(e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            await using var stream = new NetworkStream(client, ownsSocket: true);
            if (await AdminFrame.ReadAsync(stream, AdminRequest.MaxLength, gone.Token) is not ({ } kind, { } data)) return;
            if (kind != AdminFrameKind.Request || AdminRequest.Decode(data) is not { } request) return;
            string actor = Peer.OfSocket(client);
            // The client sends nothing more: when reading ends, it has gone.
            Task leaving = CancelWhenGoneAsync(stream, gone);
            int code = await RunAsync(stream, request, actor, gone.Token);
            await AdminFrame.WriteAsync(stream, AdminFrameKind.Exit, new[] { (byte)code }, gone.Token);
            await gone.CancelAsync();
            await leaving;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has gone, or the gateway stops.
        }
        catch (Exception e)
        {
            _log.AdminSocketFailed(e.ToString());
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task<int> RunAsync(Stream stream, AdminRequest request, string actor, CancellationToken cancellationToken)
    {
        using SemaphoreSlim turn = new(1);
        await using AdminFrameStream output = new(stream, AdminFrameKind.Output, turn, cancellationToken);
        await using AdminFrameStream error = new(stream, AdminFrameKind.Error, turn, cancellationToken);
        await using StreamWriter outputText = Writer(output), errorText = Writer(error);
        var run = new CtlRun
        {
            Output = outputText,
            Error = errorText,
            Terminal = request.Terminal,
            Actor = actor,
            Time = new ZonedTime(_time, request.TimeZone),
            // Whatever file the client names: this gateway has one configuration.
            Load = (_, _) => new ConfigurationResult { Configuration = _configuration() },
            Open = _ => _store,
            IsStoreBorrowed = true,
            RunInGatewayAsync = (_, _) => throw new InvalidOperationException("It runs there already."),
            GroupsOf = name => UserDirectory.Find(name)?.Groups,
            Live = new LiveSessions(_feeds, output),
        };
        _log.AdminCommand(actor, string.Join(' ', request.Arguments));
        return await run.RunAsync(request.Arguments, cancellationToken);
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 32 * 1024);

    private static async Task CancelWhenGoneAsync(Stream stream, CancellationTokenSource gone)
    {
        try
        {
            _ = await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, gone.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone, or done.
        }

        await gone.CancelAsync();
    }
}
