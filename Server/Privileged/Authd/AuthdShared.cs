using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>What the connections of a helper share.</summary>
internal sealed class AuthdShared : IAsyncDisposable
{
    private static readonly TimeSpan QueueTime = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _conversations;
    private readonly SemaphoreSlim _lookups;

    public AuthdShared(AuthdOptions options, ILogger log)
    {
        _conversations = new SemaphoreSlim(options.MaxConversations);
        _lookups = new SemaphoreSlim(options.MaxLookups);
        Children = new ChildPool(log);
        Accounts = new AccountChildren(Children);
    }

    public ChildPool Children { get; }

    public AccountChildren Accounts { get; }

    public UserFileReader Files { get; } = new();

    /// <summary>Waits its turn; the turn is over when the result is disposed.</summary>
    public Task<IDisposable> EnterConversationAsync(CancellationToken cancellationToken) => EnterAsync(_conversations, "conversations", cancellationToken);

    /// <summary>The same for commands that look up keys and principals.</summary>
    public Task<IDisposable> EnterLookupAsync(CancellationToken cancellationToken) => EnterAsync(_lookups, "look-ups", cancellationToken);

    private static async Task<IDisposable> EnterAsync(SemaphoreSlim turns, string what, CancellationToken cancellationToken)
    {
        if (!await turns.WaitAsync(QueueTime, cancellationToken).ConfigureAwait(false)) throw new PrivilegedHelperException($"too many {what}");
        return new Turn(turns);
    }

    public async ValueTask DisposeAsync()
    {
        await Accounts.DisposeAsync().ConfigureAwait(false);
        await Children.DisposeAsync().ConfigureAwait(false);
        _conversations.Dispose();
        _lookups.Dispose();
    }

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
