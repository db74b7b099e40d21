using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>A helper with accounts of its own, shared by the tests of a collection.</summary>
public sealed class AuthdFixture : IAsyncLifetime
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _log = new();
    private PrivateAccounts? _accounts;
    private Process? _process;
    private IPrivilegedHelper? _helper;

    internal PrivateAccounts Accounts => _accounts!;

    internal IPrivilegedHelper Helper => _helper!;

    internal string Log => string.Join('\n', _log);

    internal string Socket { get; } = "abstract:sshgateway-test-" + Guid.NewGuid().ToString("n");

    public async Task InitializeAsync()
    {
        if (!RootFactAttribute.IsRoot) return;
        _accounts = new PrivateAccounts();
        string services = string.Join(", ", PrivateAccounts.Services);
        string config = Accounts.Write("etc/sshgateway.yaml", $$"""
            dest: ["127.0.0.1:1"]
            debug: true
            run_as: root
            state_dir: {{Accounts.At("state")}}
            blocking_command: "/bin/sh -c true"
            bg_command: "no-such-program"
            auth:
              pam_service: [{{services}}]
            """);
        ProcessStartInfo start = new("unshare", Accounts.Inside("dotnet", Path.Combine(AppContext.BaseDirectory, "sshgateway.dll"), "authd", "-c", config, "--socket", Socket, "--module-time", "8"))
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        var serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) serving.TrySetException(new InvalidOperationException("authd ended: " + Log));
            else _log.Enqueue(line.Data);
            if (line.Data?.Contains(" serves user ", StringComparison.Ordinal) == true) serving.TrySetResult();
        };
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await serving.Task.WaitAsync(Patience);
        _helper = await HelperClient.OpenAsync(Socket, new Dictionary<PrivilegedTask, string>(), null, default);
    }

    public async Task DisposeAsync()
    {
        if (_helper is not null) await _helper.DisposeAsync();
        if (_process is not null)
        {
            SystemCalls.kill(_process.Id, SystemCalls.SignalTerminate);
            using var patience = new CancellationTokenSource(Patience);
            await _process.WaitForExitAsync(patience.Token);
            _process.Dispose();
        }

        _accounts?.Dispose();
    }

    /// <summary>Runs a conversation to its end, answering the prompts one after the other.</summary>
    internal async Task<(PamResult Result, IReadOnlyList<PamMessage> Messages)> ConverseAsync(
        string service, string user, bool mayChange = false, params string[] answers)
    {
        using var patience = new CancellationTokenSource(Patience);
        await using IPamConversation conversation = await BeginAsync(service, user, mayChange, patience.Token);
        return await ConverseAsync(conversation, answers, patience.Token);
    }

    internal static async Task<(PamResult Result, IReadOnlyList<PamMessage> Messages)> ConverseAsync(
        IPamConversation conversation, IEnumerable<string> answers, CancellationToken cancellationToken)
    {
        var messages = new List<PamMessage>();
        var left = new Queue<string>(answers);
        PamStep step = await conversation.ContinueAsync([], cancellationToken);
        while (true)
        {
            messages.AddRange(step.Messages);
            if (step.Result is { } result) return (result, messages);
            ReadOnlyMemory<byte>[] given = [.. step.Messages.Where(message => message.Kind == PamMessageKind.Prompt).Select(_ => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(left.TryDequeue(out string? answer) ? answer : ""))];
            step = await conversation.ContinueAsync(given, cancellationToken);
        }
    }

    internal Task<IPamConversation> BeginAsync(string service, string user, bool mayChange, CancellationToken cancellationToken) =>
        Helper.AuthenticateAsync(new PamRequest { Service = service, User = user, RemoteHost = "192.0.2.7", MayChangePassword = mayChange }, cancellationToken);

    /// <summary>Waits until a file holds a text.</summary>
    internal static async Task WaitForFileAsync(string path, string text)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!File.Exists(path) || !(await File.ReadAllTextAsync(path)).Contains(text, StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 < deadline, $"'{text}' does not appear in {path}");
            await timer.WaitForNextTickAsync();
        }
    }
}

[CollectionDefinition("authd")]
public sealed class AuthdDefinition : ICollectionFixture<AuthdFixture>;
