namespace SshGateway.Server.Hooks;

/// <summary>A program that runs on behalf of a user. No shell is involved unless the program is one.</summary>
internal sealed record HookCommand
{
    /// <summary>The session it runs for, for the log.</summary>
    public required string SessionId { get; init; }

    public required string User { get; init; }

    /// <summary>The program and its arguments; never empty.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>All of its environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where it starts; the root directory, if that cannot be entered.</summary>
    public string Folder { get; init; } = "/";
}

/// <summary>Runs programs as users. The privileged implementation asks the helper; without one they run as the gateway's own user.</summary>
internal interface IUserCommandRunner
{
    /// <summary>
    /// Runs the program to its end and returns its status (128 + N for signal N, 127 when it does not exist, 126 when it cannot be run). Both its outputs go to
    /// <paramref name="output"/>, one call at a time; its input is empty. Cancelling ends it with all it has started: SIGTERM to its
    /// process group, SIGKILL after <see cref="HookLimits.Grace"/>; the task completes when it is gone. What it leaves behind in its
    /// group when it ends is ended likewise.
    /// </summary>
    Task<int> RunAsync(HookCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellationToken);
}

/// <summary>Bounds of what runs for a session.</summary>
internal sealed record HookLimits
{
    /// <summary>Between SIGTERM and SIGKILL.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest a <c>blocking_command</c> may keep its user waiting.</summary>
    public TimeSpan BlockingTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Most of its output that the user is shown; the rest is read and dropped.</summary>
    public int BlockingOutput { get; init; } = 64 * 1024;

    /// <summary>Most bytes of a <c>bg_command</c>'s output that reach the debug log.</summary>
    public int BackgroundOutput { get; init; } = 1024 * 1024;
}
