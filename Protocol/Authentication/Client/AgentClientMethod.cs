using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>
/// Method publickey with the keys of an agent. The agent first learns which session it signs for (session-bind@openssh.com),
/// so that keys confined to certain hosts can be used, and only for those.
/// </summary>
/// <param name="open">Finds the agent when its turn has come; null: there is none. The agent is owned by the caller.</param>
public sealed class AgentClientMethod(Func<CancellationToken, ValueTask<AgentClient?>> open) : ClientAuthenticationMethod
{
    /// <summary>Servers count every key as an attempt; more than these are not tried.</summary>
    public const int MaxKeys = 32;

    private PublickeyClientMethod? _keys;

    /// <param name="agent">Owned by the caller.</param>
    public AgentClientMethod(AgentClient agent)
        : this(_ => ValueTask.FromResult<AgentClient?>(agent))
    {
    }

    public override string Name => "publickey";

    /// <summary>Whether the agent took note of the session; null before the first request.</summary>
    public bool? IsBound { get; private set; }

    public override async ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken)
    {
        _keys ??= new PublickeyClientMethod(await PrepareAsync(transport, cancellationToken).ConfigureAwait(false));
        byte[]? request = await _keys.NextRequestAsync(transport, user, cancellationToken).ConfigureAwait(false);
        LastAttempt = _keys.LastAttempt;
        return request;
    }

    private async ValueTask<IReadOnlyList<ISshSigner>> PrepareAsync(SshTransport transport, CancellationToken cancellationToken)
    {
        try
        {
            if (await open(cancellationToken).ConfigureAwait(false) is not { } agent) return [];
            IsBound = await agent.BindSessionAsync(
                transport.HostKey!, transport.SessionId, transport.HostKeySignature, isForwarding: false, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<AgentIdentity> identities = await agent.ListAsync(cancellationToken).ConfigureAwait(false);
            return [.. identities.Take(MaxKeys).Select(identity => new AgentSigner(agent, identity.Key))];
        }
        catch (AgentException)
        {
            // An agent that is gone has no keys.
            return [];
        }
    }
}
