namespace SshGateway.Replay.Follow;

/// <summary>Tells when a file may have grown.</summary>
internal interface IGrowth : IDisposable
{
    /// <summary>
    /// Completes when something may have been written since the last call. It may come for nothing, and must not be missed: a
    /// write between two calls completes the second at once.
    /// </summary>
    Task WaitAsync(CancellationToken cancellationToken);
}
