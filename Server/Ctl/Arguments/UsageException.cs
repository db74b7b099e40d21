namespace SshGateway.Server.Ctl.Arguments;

/// <summary>The command line is wrong: message and usage go to stderr, the exit code is 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What was asked for cannot be done: the message goes to stderr, the exit code is 1.</summary>
internal sealed class CtlException(string message) : Exception(message);
