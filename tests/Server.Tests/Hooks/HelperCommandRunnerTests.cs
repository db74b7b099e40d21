using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Hooks;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Hooks;

public sealed class HelperCommandRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly StringBuilder _output = new();

    private static HookCommand Command => new()
    {
        SessionId = "00AA11BB22",
        User = "ann",
        Words = ["/opt/gate", "a b"],
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = "/", ["SSHGATEWAY_SID"] = "1" },
    };

    private Task<int> RunAsync(FakeHelper helper, TimeSpan? grace = null, CancellationToken cancellationToken = default) =>
        new HelperCommandRunner(helper, new Fallback(), new HookLimits { Grace = grace ?? Patience }, NullLogger.Instance)
            .RunAsync(Command, bytes => _output.Append(Encoding.UTF8.GetString(bytes)), cancellationToken).WaitAsync(Patience, CancellationToken.None);

    [Fact]
    public async Task The_helper_runs_the_command_as_the_user()
    {
        var helper = new FakeHelper { Process = new FakeProcess("hello\n", 5) };
        Assert.Equal(5, await RunAsync(helper));
        Assert.Equal("hello\n", _output.ToString());
        Assert.Equal("ann", helper.Command!.User);
        Assert.Equal(["/opt/gate", "a b"], helper.Command.Arguments);
        Assert.Equal(["SSHGATEWAY_SID"], helper.Command.Environment.Keys);
        Assert.True(helper.Process.IsDisposed);
    }

    [Fact]
    public async Task Without_a_helper_it_runs_as_before() => Assert.Equal(77, await RunAsync(new FakeHelper { Reason = "none" }));

    [Fact]
    public async Task A_helper_that_refuses_is_a_status_and_a_line()
    {
        Assert.Equal(126, await RunAsync(new FakeHelper()));
        Assert.Contains("/opt/gate cannot be run", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_ends_the_command_politely_and_then_for_good(bool obeys)
    {
        var process = new FakeProcess("", null) { Obeys = obeys };
        using var cancel = new CancellationTokenSource();
        Task<int> running = RunAsync(new FakeHelper { Process = process }, obeys ? null : TimeSpan.FromMilliseconds(50), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(process.IsTerminated && process.IsDisposed);
    }

    private sealed class Fallback : IUserCommandRunner
    {
        public Task<int> RunAsync(HookCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellationToken) => Task.FromResult(77);
    }

    private sealed class FakeProcess(string output, int? status) : IUserProcess
    {
        private readonly TaskCompletionSource<UserOutput> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private byte[]? _left = output.Length > 0 ? Encoding.UTF8.GetBytes(output) : null;

        public bool Obeys { get; init; } = true;

        public bool IsTerminated { get; private set; }

        public bool IsDisposed { get; private set; }

        public int? ExitStatus => status;

        public ValueTask<UserOutput> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (_left is { } bytes)
            {
                bytes.CopyTo(buffer);
                _left = null;
                return ValueTask.FromResult(new UserOutput(UserStream.Output, bytes.Length));
            }

            return status is null ? new ValueTask<UserOutput>(_ended.Task) : ValueTask.FromResult(new UserOutput(UserStream.Output, 0));
        }

        public ValueTask TerminateAsync()
        {
            IsTerminated = true;
            if (Obeys) _ended.TrySetResult(default);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            _ended.TrySetException(new PrivilegedHelperException("gone"));
            return ValueTask.CompletedTask;
        }
    }

    private sealed class FakeHelper : IPrivilegedHelper
    {
        public FakeProcess? Process { get; init; }

        public string? Reason { get; init; }

        public UserCommand? Command { get; private set; }

        public string? Missing(PrivilegedTask task) => Reason;

        public Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken)
        {
            Command = command;
            return Process is null ? throw new PrivilegedHelperException("refused") : Task.FromResult<IUserProcess>(Process);
        }

        public Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
