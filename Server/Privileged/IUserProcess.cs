namespace SshGateway.Server.Privileged;

/// <summary>A command to run as a user of the system, in his home folder.</summary>
internal sealed record UserCommand
{
    public required string User { get; init; }

    /// <summary>The program (found by the standard PATH when it has no slash) and its arguments. No shell.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>
    /// Added to HOME, USER, LOGNAME, SHELL and PATH, which are the system's and not to be overridden. Variables that change how programs are
    /// loaded (LD_… and the like) are left out.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Killed after this time; null: it runs until it ends or is disposed.</summary>
    public TimeSpan? Limit { get; init; }
}

internal enum UserStream { Output, Error }

/// <summary>A piece of what a command printed.</summary>
/// <param name="Stream">Where it printed it.</param>
/// <param name="Count">Bytes in the buffer; 0 when the command has ended and everything was read.</param>
internal readonly record struct UserOutput(UserStream Stream, int Count);

/// <summary>A command that runs as a user, in a process group of its own. Read by one caller at a time; disposing it kills the group.</summary>
internal interface IUserProcess : IAsyncDisposable
{
    /// <summary>Waits for output. Whoever does not read makes the command wait when it prints.</summary>
    ValueTask<UserOutput> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>0–255, or 128 and the number of the signal that ended it; 127 when there is no such program, 126 when it cannot be run. Null while it runs.</summary>
    int? ExitStatus { get; }

    /// <summary>SIGTERM, to the whole group; disposing it sends SIGKILL.</summary>
    ValueTask TerminateAsync();
}
