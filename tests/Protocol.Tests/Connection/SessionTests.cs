using System.Text;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Connection;

public class SessionTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(255u)]
    [InlineData(uint.MaxValue)]
    public async Task Output_and_status_of_a_command_arrive(uint status)
    {
        await using Scene scene = await Scene.OpenAsync(async (session, start, cancellationToken) =>
        {
            await session.Channel.WriteAsync(Encoding.UTF8.GetBytes("out " + start.Text), cancellationToken);
            await session.Channel.WriteExtendedAsync("err"u8.ToArray(), cancellationToken);
            return status;
        });
        Assert.True(await scene.Session.ExecuteAsync("say ‘grüß Gott’"));
        Assert.Equal(new ExitStatus(status), await scene.Session.Exited.WaitAsync(TransportPair.Patience));
        Assert.Equal("out say ‘grüß Gott’", await scene.ReadToEndAsync());
        Assert.Equal("err", await scene.ReadToEndAsync(extended: true));
        await scene.Session.Channel.Closed.WaitAsync(TransportPair.Patience);
    }

    [Fact]
    public async Task An_exit_by_signal_arrives_as_a_signal()
    {
        var signal = new ExitSignal("SEGV", CoreDumped: true, "core in /tmp");
        await using Scene scene = await Scene.OpenAsync((_, _, _) => Task.FromResult(new ExitStatus(null, signal)));
        Assert.True(await scene.Session.ShellAsync());
        ExitStatus status = await scene.Session.Exited.WaitAsync(TransportPair.Patience);
        Assert.Equal(signal, status.Signal);
        Assert.Null(status.Code);
    }

    [Fact]
    public async Task A_program_that_ends_without_a_word_has_an_unknown_status()
    {
        await using Scene scene = await Scene.OpenAsync((_, _, _) => Task.FromResult(ExitStatus.Unknown));
        await scene.Session.ShellAsync();
        Assert.True((await scene.Session.Exited.WaitAsync(TransportPair.Patience)).IsUnknown);
    }

    [Fact]
    public async Task A_program_that_throws_has_status_255_and_the_connection_lives()
    {
        await using Scene scene = await Scene.OpenAsync((_, _, _) => throw new InvalidOperationException("broken"));
        await scene.Session.ShellAsync();
        Assert.Equal(255u, (await scene.Session.Exited.WaitAsync(TransportPair.Patience)).Code);
        await using SshSession another = await SshSession.OpenAsync(scene.Pair.Client);
        Assert.True(await another.ShellAsync().WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task Everything_that_is_asked_for_reaches_the_handler_in_order()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Scene scene = await Scene.OpenAsync(async (session, start, cancellationToken) =>
        {
            await ready.Task;
            string environment = string.Join(',', session.Environment.Select(pair => $"{pair.Key}={Encoding.UTF8.GetString(pair.Value.Span)}"));
            await session.Channel.WriteAsync(Encoding.UTF8.GetBytes($"{start.Kind} {start.Text} {session.Pty!.Terminal} {session.WindowSize} {environment}"), cancellationToken);
            return 0;
        });
        SshSession session = scene.Session;
        Assert.True(await session.RequestPtyAsync(new PtyRequest("xterm", new WindowSize(80, 24, 640, 480), new byte[] { 1, 0, 0, 0, 3, 0 })));
        Assert.False(await session.RequestPtyAsync(new PtyRequest("second", default)));
        Assert.True(await session.SetEnvironmentAsync("LANG", "C.UTF-8"));
        Assert.False(await session.SetEnvironmentAsync("LD_PRELOAD", "x"));
        Assert.True(await session.SetEnvironmentAsync("LC_ALL", "C"));
        Assert.True(await session.SubsystemAsync("sftp"));
        Assert.False(await session.SetEnvironmentAsync("LANG", "too late"));
        await session.WindowChangeAsync(new WindowSize(100, 30));
        await session.SignalAsync("INT");
        Assert.True(await session.BreakAsync(TimeSpan.FromMilliseconds(500)));
        Assert.False(await session.Channel.RequestAsync("auth-agent-req@openssh.com"));
        ready.SetResult();
        Assert.Equal($"Subsystem sftp xterm {new WindowSize(100, 30)} LANG=C.UTF-8,LC_ALL=C", await scene.ReadToEndAsync());
        Assert.Equal(
            ["pty xterm 010000000300", "env LANG", "env LD_PRELOAD", "env LC_ALL", "start", "window 100", "signal INT", "break 500", "other auth-agent-req@openssh.com"],
            scene.Calls);
    }

    [Fact]
    public async Task A_second_program_on_a_session_is_refused()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Scene scene = await Scene.OpenAsync(async (_, _, _) =>
        {
            await ready.Task;
            return 0;
        });
        Assert.True(await scene.Session.ShellAsync());
        Assert.False(await scene.Session.ShellAsync());
        Assert.False(await scene.Session.ExecuteAsync("x"));
        Assert.False(await scene.Session.SubsystemAsync("sftp"));
        ready.SetResult();
        Assert.Equal(0u, (await scene.Session.Exited.WaitAsync(TransportPair.Patience)).Code);
    }

    [Fact]
    public async Task A_program_is_cancelled_when_its_client_goes()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Scene scene = await Scene.OpenAsync(async (_, _, cancellationToken) =>
        {
            using CancellationTokenRegistration registration = cancellationToken.Register(cancelled.SetResult);
            await cancelled.Task;
            return 0;
        });
        await scene.Session.ShellAsync();
        await scene.Session.DisposeAsync();
        await cancelled.Task.WaitAsync(TransportPair.Patience);
        Assert.True((await scene.Session.Exited.WaitAsync(TransportPair.Patience)).IsUnknown);
    }

    [Theory]
    [InlineData("pty-req")]
    [InlineData("env")]
    [InlineData("exec")]
    [InlineData("subsystem")]
    [InlineData("window-change")]
    [InlineData("signal")]
    [InlineData("break")]
    public async Task A_request_cut_short_ends_the_connection(string name)
    {
        byte[] whole = name switch
        {
            "pty-req" => new PtyRequest("vt100", new WindowSize(1, 2)).Encode(),
            "window-change" => new WindowSize(1, 2).Encode(),
            "break" => new byte[4],
            "env" => [0, 0, 0, 1, 65, 0, 0, 0, 1, 66],
            _ => [0, 0, 0, 2, 65, 66],
        };
        for (int length = 0; length < whole.Length; length++)
        {
            await using Scene scene = await Scene.OpenAsync((_, _, _) => Task.FromResult<ExitStatus>(0));
            Task request = scene.Session.Channel.RequestAsync(name, whole.AsMemory(0, length));
            await Assert.ThrowsAsync<SshConnectionClosedException>(() => request.WaitAsync(TransportPair.Patience));
            await Assert.ThrowsAsync<SshProtocolException>(() => scene.Pair.ServerRun.WaitAsync(TransportPair.Patience));
        }
    }

    /// <summary>A session between a client and a server whose program is given.</summary>
    private sealed class Scene : IAsyncDisposable, ISessionHandler
    {
        private readonly Func<ServerSession, SessionStart, CancellationToken, Task<ExitStatus>> _program;

        private Scene(Func<ServerSession, SessionStart, CancellationToken, Task<ExitStatus>> program) => _program = program;

        public ConnectionPair Pair { get; private set; } = null!;

        public SshSession Session { get; private set; } = null!;

        public List<string> Calls { get; } = [];

        public static async Task<Scene> OpenAsync(Func<ServerSession, SessionStart, CancellationToken, Task<ExitStatus>> program)
        {
            var scene = new Scene(program);
            scene.Pair = await ConnectionPair.ConnectAsync(
                server: new() { ChannelOpening = request => ServerSession.Accept(request, new AuthenticatedUser("user", "test", null), scene) });
            scene.Session = await SshSession.OpenAsync(scene.Pair.Client).WaitAsync(TransportPair.Patience);
            return scene;
        }

        public async Task<string> ReadToEndAsync(bool extended = false)
        {
            using var reader = new StreamReader(Session.Channel.AsStream(extended));
            return await reader.ReadToEndAsync().WaitAsync(TransportPair.Patience);
        }

        public bool AcceptPty(ServerSession session, PtyRequest pty) => Note($"pty {pty.Terminal} {Convert.ToHexString(pty.Modes.Span)}");

        public bool AcceptEnvironment(ServerSession session, string name, ReadOnlyMemory<byte> value) => Note("env " + name) && name != "LD_PRELOAD";

        public bool AcceptStart(ServerSession session, SessionStart start) => Note("start");

        public Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken) => _program(session, start, cancellationToken);

        public void WindowChanged(ServerSession session, WindowSize size) => Note($"window {size.Columns}");

        public bool Signal(ServerSession session, string name) => Note("signal " + name);

        public bool Break(ServerSession session, TimeSpan length) => Note($"break {length.TotalMilliseconds}");

        public bool OtherRequest(ServerSession session, ChannelRequest request) => !Note("other " + request.Name);

        public ValueTask DisposeAsync() => Pair.DisposeAsync();

        private bool Note(string call)
        {
            lock (Calls) Calls.Add(call);
            return true;
        }
    }
}
