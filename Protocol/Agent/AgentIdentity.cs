using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.Agent;

/// <summary>A key (or certificate) that an agent holds.</summary>
public sealed record AgentIdentity(PublicKey Key, string Comment);
