using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>What the connections of a helper share.</summary>
internal sealed class AuthdShared(AuthdOptions options, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan QueueTime = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _conversations = new(options.MaxConversations);

    public ChildPool Children { get; } = new(log);

    public UserFileReader Files { get; } = new();

    /// <summary>Waits its turn; the turn is over when the result is disposed.</summary>
    public async Task<IDisposable> EnterConversationAsync(CancellationToken cancellationToken)
    {
        if (!await _conversations.WaitAsync(QueueTime, cancellationToken).ConfigureAwait(false)) throw new PrivilegedHelperException("too many conversations");
        return new Turn(_conversations);
    }

    public async ValueTask DisposeAsync()
    {
        await Children.DisposeAsync().ConfigureAwait(false);
        _conversations.Dispose();
    }

    private sealed class Turn(SemaphoreSlim conversations) : IDisposable
    {
        public void Dispose() => conversations.Release();
    }
}
