using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Asks <see cref="LoginRules"/> before any key is looked at. A user who may not log in sees what a wrong key shows.
/// </summary>
internal sealed class LoginGate(GatewayServices services, GatewaySession session, IPublicKeyAuthority keys) : IPublicKeyAuthority
{
    private bool? _isOpen;

    public ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        _isOpen ??= Judge(user);
        return _isOpen.Value ? keys.IsAcceptedAsync(user, key, algorithm, cancellationToken) : ValueTask.FromResult(false);
    }

    public void KeyQueried(string user, PublicKey key) => keys.KeyQueried(user, key);

    private bool Judge(string user)
    {
        string? refusal = LoginRules.Refusal(services.Configuration.Auth, user, UserDirectory.Find(user), session.Source.Address);
        if (refusal is not null) services.Logger.LoginForbidden(session.Id, PeerText.Escape(user), session.Source.Address, refusal);
        return refusal is null;
    }
}
