using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Whether a user certificate lets a user in: signed by an authority of <c>auth.trusted_user_ca</c>, or of a <c>cert-authority</c> line of his
/// own files (sshd_config(5), TrustedUserCAKeys; sshd(8)).
/// </summary>
internal sealed class CertificateJudge(LoginContext login, UserKeyFiles files, string user)
{
    private string? _problem;

    /// <summary>What it permits, or null.</summary>
    public async ValueTask<AuthorizedKeyOptions?> JudgeAsync(Certificate certificate, CancellationToken cancellationToken)
    {
        AuthorizedKeyOptions? options = await JudgeByAuthorityAsync(certificate, cancellationToken).ConfigureAwait(false);
        if (options is not null) return options;
        login.Attempt.Reason = _problem ?? "its authority is not trusted";
        login.Logger.CertificateRefused(login.SessionId, PeerText.Escape(user), KeyText.Of(certificate), login.Attempt.Reason);
        return null;
    }

    private async ValueTask<AuthorizedKeyOptions?> JudgeByAuthorityAsync(Certificate certificate, CancellationToken cancellationToken)
    {
        if (certificate.SignatureKey.RsaBits is > 0 and < UserKeyAuthority.MinRsaBits) return Refuse("the RSA key of its authority is too short");
        if (certificate.Check(CertificateType.User, principal: null, login.Time.GetUtcNow()) is { } problem) return Refuse(problem);
        if (certificate.SourceAddress is { } source && !source.Allows(login.Source.Address)) return Refuse("it is not valid from this address");
        if (certificate.Principals.Count == 0) return Refuse("it names no principal");
        AuthorizedKeyOptions? trusted = IsTrusted(certificate.SignatureKey) ? await JudgeTrustedAsync(certificate, cancellationToken).ConfigureAwait(false) : null;
        Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match =
            (file, problems) => JudgeByLines(AuthorizedKeys.FindAuthority(file, certificate.SignatureKey, problems), certificate);
        return trusted
            ?? await files.SearchAsync(login.Auth.AuthorizedKeys, match, cancellationToken).ConfigureAwait(false)
            ?? await files.SearchAsync(LookupCommand.ForKeys(login), certificate, [user], match, cancellationToken).ConfigureAwait(false);
    }

    private bool IsTrusted(PublicKey authority)
    {
        foreach (string path in login.Auth.TrustedUserCa)
        {
            try
            {
                if (login.KeyFiles.Keys(path).Contains(authority)) return true;
            }
            catch (KeyFileException e)
            {
                login.Logger.AuthoritiesUnusable(login.SessionId, e.Message);
            }
        }

        return false;
    }

    /// <summary>The principal is the user's name, or, where there are files (or a command) for it, what they say.</summary>
    private async ValueTask<AuthorizedKeyOptions?> JudgeTrustedAsync(Certificate certificate, CancellationToken cancellationToken)
    {
        AuthorizedKeyOptions own = CertificateRestrictions.Of(certificate);
        if (login.Auth.AuthorizedPrincipals.Count == 0 && login.Auth.AuthorizedPrincipalsCommand.Length == 0)
            return PrincipalFiles.Names(certificate, user) ? own : Refuse("the user's name is not among its principals");
        Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match = (file, problems) => PrincipalFiles.Match(file, certificate, files.IsUsable, problems);
        AuthorizedKeyOptions? line = await files.SearchAsync(login.Auth.AuthorizedPrincipals, match, cancellationToken).ConfigureAwait(false)
            ?? await files.SearchAsync(LookupCommand.ForPrincipals(login), certificate, [], match, cancellationToken).ConfigureAwait(false);
        if (line is null) return Refuse("none of its principals is authorized for the user");
        return CertificateRestrictions.Join(line, own) ?? Refuse("it forces another command than its principal's line");
    }

    private AuthorizedKeyOptions? JudgeByLines(IReadOnlyList<AuthorizedKeyEntry> entries, Certificate certificate)
    {
        AuthorizedKeyOptions own = CertificateRestrictions.Of(certificate);
        foreach (AuthorizedKeyEntry entry in entries)
        {
            if (!files.IsUsable(entry.Options)) Refuse("the line of its authority is not valid from here or not valid any more");
            else if (!NamesOneOf(certificate, entry.Options.Principals)) Refuse("none of its principals is the line's");
            else if (CertificateRestrictions.Join(entry.Options, own) is { } joined) return joined;
            else Refuse("it forces another command than the line of its authority");
        }

        return null;
    }

    private bool NamesOneOf(Certificate certificate, IReadOnlyList<string>? principals)
    {
        if (principals is null) return PrincipalFiles.Names(certificate, user);
        foreach (string principal in principals)
        {
            if (PrincipalFiles.Names(certificate, principal)) return true;
        }

        return false;
    }

    private AuthorizedKeyOptions? Refuse(string problem)
    {
        _problem = problem;
        return null;
    }
}
