using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Logging;
using SshGateway.Storage.State;

namespace SshGateway.Server.Authentication;

/// <summary>
/// <c>auth.mfa_grace</c>: who has passed a key and a second factor from an address is asked for the key alone from there for a while. Shared by
/// all gateways of a store; forgotten by <c>ctl forget mfa</c>. A store that cannot be asked means that the second factor is asked for.
/// </summary>
internal sealed class SecondFactorGrace(IStateStore store, LoginContext login)
{
    /// <summary>Area of the shared values; keys are <c>USER/HASH</c>.</summary>
    public const string Area = "mfa";

    public async ValueTask<bool> WasPassedAsync(string user, PublicKey key, CancellationToken cancellationToken)
    {
        if (login.Auth.MfaGrace <= TimeSpan.Zero) return false;
        try
        {
            if (await store.GetSharedAsync(Area, KeyOf(user, key, login.Source.Address), cancellationToken).ConfigureAwait(false) is null) return false;
            login.Logger.SecondFactorNotAsked(login.SessionId, PeerText.Escape(user), login.Source.Address);
            return true;
        }
        catch (StateStoreException e)
        {
            login.Logger.SecondFactorUnknown(login.SessionId, e.Message);
            return false;
        }
    }

    public async ValueTask RememberAsync(string user, PublicKey key, CancellationToken cancellationToken)
    {
        if (login.Auth.MfaGrace <= TimeSpan.Zero) return;
        DateTimeOffset until = login.Time.GetUtcNow() + login.Auth.MfaGrace;
        byte[] value = Encoding.UTF8.GetBytes($"{login.Source.Address} {key.Fingerprint}");
        try
        {
            await store.PutSharedAsync(Area, KeyOf(user, key, login.Source.Address), value, login.Auth.MfaGrace, cancellationToken).ConfigureAwait(false);
            login.Logger.SecondFactorRemembered(login.SessionId, PeerText.Escape(user), login.Source.Address, until);
        }
        catch (StateStoreException e)
        {
            login.Logger.SecondFactorUnknown(login.SessionId, e.Message);
        }
    }

    /// <summary>A user's name may hold anything, a slash included: the hash behind the last slash covers all parts with their lengths.</summary>
    internal static string KeyOf(string user, PublicKey key, IPAddress address)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{user.Length}:{user}{address} {key.Fingerprint}"));
        return $"{user}/{Convert.ToHexStringLower(hash.AsSpan(0, 16))}";
    }
}
