using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Asks the <see cref="LoginDoor"/> before any key is looked at. A user who may not log in sees what a wrong key shows, and as late.
/// </summary>
internal sealed class LoginGate(IPublicKeyAuthority keys, LoginDoor door, TimeProvider time) : IPublicKeyAuthority
{
    /// <summary>A refusal takes this long, whether the user exists, may log in, has files, or nothing of it.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMilliseconds(5);

    public async ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        // It runs while the files are looked at: what they cost does not show.
        var refusalTime = Task.Delay(RefusalTime, time, cancellationToken);
        if (door.IsOpenFor(user, "publickey") && await keys.IsAcceptedAsync(user, key, algorithm, cancellationToken).ConfigureAwait(false)) return true;
        await refusalTime.ConfigureAwait(false);
        return false;
    }

    public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature) => keys.IsSignatureAccepted(key, signature);

    public void KeyQueried(string user, PublicKey key) => keys.KeyQueried(user, key);
}
