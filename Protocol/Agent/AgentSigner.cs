using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.Agent;

/// <summary>A key whose private half an agent holds.</summary>
public sealed class AgentSigner : ISshSigner
{
    private readonly AgentClient? _client;
    private readonly string? _socketPath;

    /// <summary>Signs through a connection that somebody else owns.</summary>
    public AgentSigner(AgentClient client, PublicKey key)
    {
        _client = client;
        PublicKey = key;
    }

    /// <summary>Signs through a connection of its own for each signature, so that a restarted agent is no trouble (host keys).</summary>
    public AgentSigner(string socketPath, PublicKey key)
    {
        _socketPath = socketPath;
        PublicKey = key;
    }

    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    /// <exception cref="AgentException">The agent cannot be reached or refuses.</exception>
    public async ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_client is not null) return await _client.SignAsync(PublicKey, algorithm, data, cancellationToken);
        await using AgentClient client = await AgentClient.ConnectAsync(_socketPath!, cancellationToken);
        return await client.SignAsync(PublicKey, algorithm, data, cancellationToken);
    }
}
