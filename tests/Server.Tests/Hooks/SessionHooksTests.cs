using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Hooks;
using Xunit;

namespace SshGateway.Server.Tests.Hooks;

public sealed class SessionHooksTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static HookContext Context(string blocking = "", string background = "", string user = "ann") => new()
    {
        SessionId = "00AA11BB22",
        User = user,
        Account = new SystemUser(user, 1001, 1001, "/home/ann", "/bin/zsh") { Groups = ["staff", "hpc"] },
        Route = RouteConfiguration.Default with
        {
            BlockingCommand = blocking,
            BackgroundCommand = background,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["AUTH"] = "/run/{user}", ["PATH"] = "/evil" },
        },
        Patterns = new PatternExpander { User = user, SessionId = "00AA11BB22" },
        Source = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4022),
        Local = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 22),
    };

    private static SessionHooks Hooks(FakeRunner runner, HookLimits? limits = null, ILogger? logger = null) =>
        new(runner, limits ?? new HookLimits(), logger ?? NullLogger.Instance, TimeProvider.System);

    [Fact]
    public async Task Without_commands_nothing_runs()
    {
        var runner = new FakeRunner();
        Assert.Same(BlockingResult.None, await Hooks(runner).RunBlockingAsync(Context(), CancellationToken.None));
        await Hooks(runner).RunBackgroundAsync(Context(), CancellationToken.None);
        Assert.Empty(runner.Commands);
    }

    [Fact]
    public async Task The_blocking_command_gives_its_status_and_output()
    {
        var runner = new FakeRunner { Status = 4, Output = "closed for lunch\n" };
        BlockingResult result = await Hooks(runner).RunBlockingAsync(Context("/opt/gate --user {user} 'a b'"), CancellationToken.None);
        Assert.Equal((4, "closed for lunch\n"), (result.Status, Encoding.UTF8.GetString(result.Output.Span)));
        HookCommand command = Assert.Single(runner.Commands);
        Assert.Equal(["/opt/gate", "--user", "ann", "a b"], command.Words);
        Assert.Equal(("ann", "/home/ann"), (command.User, command.Folder));
    }

    [Fact]
    public async Task A_users_name_never_becomes_a_second_argument()
    {
        var runner = new FakeRunner();
        await Hooks(runner).RunBlockingAsync(Context("gate {user}", user: "a b' --root"), CancellationToken.None);
        Assert.Equal(["gate", "a b' --root"], Assert.Single(runner.Commands).Words);
    }

    [Fact]
    public void The_variables_are_those_that_are_documented()
    {
        IReadOnlyDictionary<string, string> variables = HookEnvironment.Of(Context() with { Destination = new HostEndpoint("node1", 22) });
        Assert.Equal("192.0.2.7 4022 192.0.2.1 22", variables["SSH_CONNECTION"]);
        Assert.Equal("192.0.2.7 4022 22", variables["SSH_CLIENT"]);
        Assert.Equal("/run/ann", variables["AUTH"]);
        Assert.Equal(("ann", "ann", "/home/ann", "/bin/zsh"), (variables["USER"], variables["LOGNAME"], variables["HOME"], variables["SHELL"]));
        Assert.DoesNotContain("evil", variables["PATH"], StringComparison.Ordinal);
        foreach (string prefix in new[] { "SSHGATEWAY_", "SSHPROXY_" })
        {
            Assert.Equal("00AA11BB22", variables[prefix + "SID"]);
            Assert.Equal("ann", variables[prefix + "USER"]);
            Assert.Equal("default", variables[prefix + "SERVICE"]);
            Assert.Equal("192.0.2.7:4022", variables[prefix + "SOURCE"]);
            Assert.Equal("192.0.2.1:22", variables[prefix + "LISTEN"]);
            Assert.Equal("1001", variables[prefix + "UID"]);
            Assert.Equal("staff hpc", variables[prefix + "GROUPS"]);
            Assert.Equal("node1:22", variables[prefix + "DEST"]);
        }
    }

    [Fact]
    public async Task Output_beyond_the_limit_is_cut_and_that_is_said()
    {
        var runner = new FakeRunner { Output = new string('x', 50) };
        BlockingResult result = await Hooks(runner, new HookLimits { BlockingOutput = 10 }).RunBlockingAsync(Context("gate"), CancellationToken.None);
        Assert.Equal("xxxxxxxxxx\nsshgateway: the rest of the output is not shown\n", Encoding.UTF8.GetString(result.Output.Span));
    }

    [Fact]
    public async Task A_blocking_command_that_takes_too_long_is_ended()
    {
        var runner = new FakeRunner { NeverEnds = true, Output = "wait" };
        BlockingResult result = await Hooks(runner, new HookLimits { BlockingTime = TimeSpan.FromMilliseconds(50) }).RunBlockingAsync(Context("gate"), CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(124, result.Status);
        Assert.StartsWith("wait\nsshgateway: ", Encoding.UTF8.GetString(result.Output.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_ends_takes_its_blocking_command_along()
    {
        var runner = new FakeRunner { NeverEnds = true };
        using var ended = new CancellationTokenSource();
        Task<BlockingResult> running = Hooks(runner).RunBlockingAsync(Context("gate"), ended.Token);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
    }

    [Fact]
    public async Task The_background_command_ends_with_the_session_and_throws_nothing()
    {
        var runner = new FakeRunner { NeverEnds = true };
        using var ended = new CancellationTokenSource();
        Task running = Hooks(runner).RunBackgroundAsync(Context(background: "watch {sid}"), ended.Token);
        Assert.False(running.IsCompleted);
        await ended.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.Equal(["watch", "00AA11BB22"], Assert.Single(runner.Commands).Words);
        await Hooks(new FakeRunner { Error = new IOException("broken") }).RunBackgroundAsync(Context(background: "watch"), CancellationToken.None).WaitAsync(Patience);
    }

    private sealed class FakeRunner : IUserCommandRunner
    {
        public List<HookCommand> Commands { get; } = [];

        public int Status { get; init; }

        public string Output { get; init; } = "";

        public bool NeverEnds { get; init; }

        public Exception? Error { get; init; }

        public async Task<int> RunAsync(HookCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellationToken)
        {
            Commands.Add(command);
            if (Error is not null) throw Error;
            output(Encoding.UTF8.GetBytes(Output));
            if (NeverEnds) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return Status;
        }
    }
}
