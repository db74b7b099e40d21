namespace SshGateway.Server.Configuration;

/// <summary>What a session may do. The rules of subsystems and exec look at a name, those of forwards at a destination,
/// that of streamlocal at a socket path; the others only know yes and no.</summary>
internal sealed record PermitConfiguration
{
    public static readonly PermitConfiguration Default = new();

    public PermitRule Pty { get; init; } = PermitRule.Allow;

    public PermitRule Exec { get; init; } = PermitRule.Allow;

    public PermitRule Shell { get; init; } = PermitRule.Allow;

    public PermitRule Subsystems { get; init; } = PermitRule.Allow;

    public PermitRule Agent { get; init; } = PermitRule.Allow;

    public PermitRule X11 { get; init; } = PermitRule.Allow;

    public PermitRule LocalForward { get; init; } = PermitRule.Allow;

    public PermitRule RemoteForward { get; init; } = PermitRule.Allow;

    public PermitRule Streamlocal { get; init; } = PermitRule.Allow;

    public PermitRule Tunnel { get; init; } = PermitRule.Deny;

    /// <summary>Names of the variables that a user's own authorized_keys may set (<c>environment=</c>).</summary>
    public PermitRule UserEnvironment { get; init; } = PermitRule.Deny;
}
