using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Asks the <see cref="LoginDoor"/> before any key is looked at. A user who may not log in sees what a wrong key shows, and as late.
/// </summary>
internal sealed class LoginGate(IPublicKeyAuthority keys, LoginDoor door, LoginContext login) : IPublicKeyAuthority
{
    public async ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        long begun = login.Time.GetTimestamp();
        login.Attempt.Key = KeyText.Of(key);
        if (door.IsOpenFor(user, "publickey") && await keys.IsAcceptedAsync(user, key, algorithm, cancellationToken).ConfigureAwait(false)) return true;
        await login.Refusals.Keys.WaitAsync(begun, login.Time, cancellationToken).ConfigureAwait(false);
        return false;
    }

    public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature) => keys.IsSignatureAccepted(key, signature);

    public void KeyQueried(string user, PublicKey key) => keys.KeyQueried(user, key);
}
