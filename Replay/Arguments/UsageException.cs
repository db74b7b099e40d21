namespace SshGateway.Replay.Arguments;

/// <summary>A command line that cannot be obeyed; the message says why.</summary>
internal sealed class UsageException(string message) : Exception(message);
