namespace SshGateway.Protocol.Keys;

/// <summary>User and host certificates are told apart by this field (OpenSSH PROTOCOL.certkeys).</summary>
public enum CertificateType
{
    User = 1,
    Host = 2,
}

/// <summary>A critical option or extension of a certificate.</summary>
/// <param name="Name">For example <c>force-command</c> or <c>permit-pty</c>.</param>
/// <param name="Value">The text of options that have one; null for flags.</param>
public sealed record CertificateOption(string Name, string? Value = null)
{
    public const string ForceCommand = "force-command";
    public const string SourceAddress = "source-address";
    public const string VerifyRequired = "verify-required";
    public const string NoTouchRequired = "no-touch-required";
    public const string PermitX11Forwarding = "permit-X11-forwarding";
    public const string PermitAgentForwarding = "permit-agent-forwarding";
    public const string PermitPortForwarding = "permit-port-forwarding";
    public const string PermitPty = "permit-pty";
    public const string PermitUserRc = "permit-user-rc";
}
