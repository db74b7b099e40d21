using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Server.Authentication;

/// <summary>What a certificate permits, in the words of authorized_keys, so that one policy knows both.</summary>
internal static class CertificateRestrictions
{
    /// <summary>A certificate permits what its extensions name and nothing else (PROTOCOL.certkeys).</summary>
    public static AuthorizedKeyOptions Of(Certificate certificate) => new()
    {
        Text = "certificate",
        From = certificate.SourceAddress,
        Command = certificate.ForceCommand,
        PermitPty = certificate.PermitPty,
        PermitAgentForwarding = certificate.PermitAgentForwarding,
        PermitPortForwarding = certificate.PermitPortForwarding,
        PermitX11Forwarding = certificate.PermitX11Forwarding,
        PermitUserRc = certificate.PermitUserRc,
        NoTouchRequired = certificate.NoTouchRequired,
        VerifyRequired = certificate.VerifyRequired,
    };

    /// <summary>
    /// What both the line that names the authority (or the principal) and the certificate permit; null when they force different
    /// commands. <c>from</c> is to be judged by the caller, for each.
    /// </summary>
    public static AuthorizedKeyOptions? Join(AuthorizedKeyOptions line, AuthorizedKeyOptions certificate)
    {
        if (line.Command is not null && certificate.Command is not null && line.Command != certificate.Command) return null;
        return line with
        {
            Text = line.Text.Length == 0 ? certificate.Text : line.Text + "," + certificate.Text,
            From = null,
            Command = line.Command ?? certificate.Command,
            PermitPty = line.PermitPty && certificate.PermitPty,
            PermitAgentForwarding = line.PermitAgentForwarding && certificate.PermitAgentForwarding,
            PermitPortForwarding = line.PermitPortForwarding && certificate.PermitPortForwarding,
            PermitX11Forwarding = line.PermitX11Forwarding && certificate.PermitX11Forwarding,
            PermitUserRc = line.PermitUserRc && certificate.PermitUserRc,
            NoTouchRequired = line.NoTouchRequired && certificate.NoTouchRequired,
            VerifyRequired = line.VerifyRequired || certificate.VerifyRequired,
        };
    }
}
