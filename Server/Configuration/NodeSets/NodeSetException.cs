namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>A node set cannot be expanded, and why.</summary>
internal sealed class NodeSetException(string message) : Exception(message);
