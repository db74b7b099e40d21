namespace SshGateway.Protocol.Agent;

/// <summary>The agent refused, answered nonsense or went away.</summary>
public sealed class AgentException : Exception
{
    public AgentException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
