using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>Which keys and certificates let a user in, and what they permit him. One instance per connection.</summary>
internal sealed class UserKeyAuthority(LoginContext login) : IPublicKeyAuthority
{
    internal const int MinRsaBits = 2048;

    private readonly Dictionary<PublicKey, AuthorizedKeyOptions?> _verdicts = [];
    private readonly Dictionary<PublicKey, string> _reasons = [];
    private UserKeyFiles? _files;

    /// <summary>Called with the user's name and the key when a listed key was queried.</summary>
    public Action<string, PublicKey>? Queried { get; set; }

    /// <summary>What the key permits; null when it lets nobody in. To be asked with the verified key only.</summary>
    public AuthorizedKeyOptions? OptionsOf(PublicKey key) => _verdicts.GetValueOrDefault(key);

    public async ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        // A query and its signed request follow each other: the files are read once. Certificates can expire in between.
        if (key is Certificate || !_verdicts.TryGetValue(key, out AuthorizedKeyOptions? options))
        {
            login.Attempt.Reason = "it is not one of the user's";
            options = await JudgeAsync(user, key, cancellationToken).ConfigureAwait(false);
            _verdicts[key] = options;
            _reasons[key] = options is null ? login.Attempt.Reason : "its signature is wrong";
            if (options is null)
                login.Logger.KeyRefused(login.SessionId, "publickey", PeerText.Escape(user), login.Source.Address, login.Source.Port, KeyText.Of(key));
        }

        login.Attempt.Reason = _reasons[key];
        return options is not null;
    }

    public void KeyQueried(string user, PublicKey key) => Queried?.Invoke(user, key);

    public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature)
    {
        if (OptionsOf(key) is not { } options) return false;
        string? problem = !signature.UserPresent && !options.NoTouchRequired ? "nobody touched the security key"
            : !signature.UserVerified && options.VerifyRequired ? "the security key did not verify its user"
            : null;
        if (problem is not null)
        {
            login.Attempt.Reason = problem;
            login.Logger.SignatureRefused(login.SessionId, KeyText.Of(key), problem);
        }

        return problem is null;
    }

    private async ValueTask<AuthorizedKeyOptions?> JudgeAsync(string user, PublicKey key, CancellationToken cancellationToken)
    {
        _files ??= new UserKeyFiles(login, user);
        if (_files.Account is null && login.Auth.RequireSystemUser) return Refuse("there is no such user");
        if (key.RsaBits is > 0 and < MinRsaBits) return Refuse("it is too short");
        if (IsRevoked(key)) return Refuse("it is revoked");
        if (key is Certificate certificate)
            return await new CertificateJudge(login, _files, user).JudgeAsync(certificate, cancellationToken).ConfigureAwait(false);
        Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match = (file, problems) => FirstUsable(AuthorizedKeys.Find(file, key, problems));
        return await _files.SearchAsync(login.Auth.AuthorizedKeys, match, cancellationToken).ConfigureAwait(false)
            ?? await _files.SearchAsync(LookupCommand.ForKeys(login), key, [user], match, cancellationToken).ConfigureAwait(false);
    }

    private AuthorizedKeyOptions? Refuse(string reason)
    {
        login.Attempt.Reason = reason;
        return null;
    }

    private AuthorizedKeyOptions? FirstUsable(IReadOnlyList<AuthorizedKeyEntry> entries)
    {
        foreach (AuthorizedKeyEntry entry in entries)
        {
            if (_files!.IsUsable(entry.Options)) return entry.Options;
        }

        return null;
    }

    /// <summary>A list that cannot be read revokes everything, as in sshd.</summary>
    private bool IsRevoked(PublicKey key)
    {
        foreach (string path in login.Auth.RevokedKeys)
        {
            try
            {
                if (!login.KeyFiles.Revoked(path).IsRevoked(key)) continue;
                login.Logger.KeyRevoked(login.SessionId, KeyText.Of(key), path);
                return true;
            }
            catch (KeyFileException e)
            {
                login.Logger.RevocationListUnusable(login.SessionId, e.Message);
                return true;
            }
        }

        return false;
    }
}
