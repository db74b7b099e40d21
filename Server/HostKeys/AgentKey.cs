using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;

namespace SshGateway.Server.HostKeys;

/// <summary>A key of the gateway that an ssh-agent holds: a host key, or that of an authority: the private half never enters this process.</summary>
internal sealed class AgentKey(string socketPath, PublicKey key) : ISshSigner
{
    /// <summary>A client waits for the signature, and an agent that hangs must not keep its session for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly AgentSigner _signer = new(socketPath, key);

    public PublicKey PublicKey => key;

    /// <inheritdoc/>
    /// <exception cref="AgentException">The agent cannot be reached, refuses, or does not answer in time.</exception>
    public async ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return await _signer.SignAsync(algorithm, data, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AgentException($"the agent at {socketPath} did not sign in time", e);
        }
    }

    /// <summary>The keys of an agent that the gateway can have: no certificates, no security keys.</summary>
    /// <exception cref="AgentException">The agent cannot be reached, does not answer in time, or holds no such key.</exception>
    public static async Task<IReadOnlyList<AgentKey>> ListAsync(string socketPath)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await using AgentClient client = await AgentClient.ConnectAsync(socketPath, limit.Token).ConfigureAwait(false);
            IReadOnlyList<AgentIdentity> identities = await client.ListAsync(limit.Token).ConfigureAwait(false);
            AgentKey[] keys = [.. identities.Where(identity => identity.Key is { IsSecurityKey: false } and not Certificate).Select(identity => new AgentKey(socketPath, identity.Key))];
            return keys.Length > 0 ? keys : throw new AgentException($"the agent at {socketPath} holds no key of use here");
        }
        catch (OperationCanceledException e)
        {
            throw new AgentException($"the agent at {socketPath} did not answer in time", e);
        }
    }
}
