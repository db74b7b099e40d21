namespace SshGateway.Server.Privileged;

/// <summary>Something that needs privilege was not done. The message is for the log, never for the user.</summary>
internal sealed class PrivilegedHelperException(string message, Exception? inner = null) : Exception(message, inner);
