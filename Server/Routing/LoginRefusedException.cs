namespace SshGateway.Server.Routing;

/// <summary>A user who proved who he is, and is not let in all the same. The message is for him.</summary>
internal sealed class LoginRefusedException(string message, Exception? inner = null) : Exception(message, inner);
