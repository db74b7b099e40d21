using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Asks <see cref="LoginRules"/> before any key is looked at. A user who may not log in sees what a wrong key shows, and as late.
/// </summary>
internal sealed class LoginGate(GatewayServices services, GatewaySession session, IPublicKeyAuthority keys) : IPublicKeyAuthority
{
    /// <summary>A refusal takes this long, whether the user exists, may log in, has files, or nothing of it.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMilliseconds(5);

    private bool? _isOpen;

    public async ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        // It runs while the files are looked at: what they cost does not show.
        var refusalTime = Task.Delay(RefusalTime, services.Time, cancellationToken);
        _isOpen ??= Judge(user);
        if (_isOpen.Value && await keys.IsAcceptedAsync(user, key, algorithm, cancellationToken).ConfigureAwait(false)) return true;
        await refusalTime.ConfigureAwait(false);
        return false;
    }

    public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature) => keys.IsSignatureAccepted(key, signature);

    public void KeyQueried(string user, PublicKey key) => keys.KeyQueried(user, key);

    private bool Judge(string user)
    {
        string? refusal = LoginRules.Refusal(services.Configuration.Auth, user, UserDirectory.Find(user), session.Source.Address);
        if (refusal is not null) session.Log.LoginForbidden(session.Id, PeerText.Escape(user), session.Source.Address, refusal);
        return refusal is null;
    }
}
