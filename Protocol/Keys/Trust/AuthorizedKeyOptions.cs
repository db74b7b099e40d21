namespace SshGateway.Protocol.Keys.Trust;

/// <summary>A host and port that a key may forward to or listen on; port 0 is any port, host <c>*</c> any host.</summary>
public readonly record struct ForwardTarget(string Host, int Port)
{
    public const int AnyPort = 0;
}

/// <summary>The options of one line of authorized_keys (sshd(8)).</summary>
public sealed record AuthorizedKeyOptions
{
    public const int AnyTunnelDevice = -1;

    /// <summary>A line without options.</summary>
    public static AuthorizedKeyOptions None { get; } = new();

    /// <summary>The list as it stands in the file.</summary>
    public string Text { get; init; } = "";

    /// <summary>The line's key signs certificates; it is not itself allowed in.</summary>
    public bool CertAuthority { get; init; }

    /// <summary>With <see cref="CertAuthority"/>: the principals of which a certificate must name one. Null: the user's name.</summary>
    public IReadOnlyList<string>? Principals { get; init; }

    public SourceList? From { get; init; }

    public string? Command { get; init; }

    /// <summary>Only honoured where the server's policy permits users to set their environment.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    public DateTimeOffset? ExpiryTime { get; init; }

    public bool Restrict { get; init; }

    public bool PermitPty { get; init; } = true;

    public bool PermitAgentForwarding { get; init; } = true;

    public bool PermitPortForwarding { get; init; } = true;

    public bool PermitX11Forwarding { get; init; } = true;

    public bool PermitUserRc { get; init; } = true;

    /// <summary>Targets that -L and -W are confined to; empty when they are not confined.</summary>
    public IReadOnlyList<ForwardTarget> PermitOpen { get; init; } = [];

    /// <summary>Addresses that -R is confined to (host empty: any); empty when they are not confined.</summary>
    public IReadOnlyList<ForwardTarget> PermitListen { get; init; } = [];

    /// <summary>Signatures of security keys need not show that the user touched the device.</summary>
    public bool NoTouchRequired { get; init; }

    /// <summary>Signatures of security keys must show that the device verified the user (PIN, fingerprint).</summary>
    public bool VerifyRequired { get; init; }

    /// <summary>Number of the tunnel device, or <see cref="AnyTunnelDevice"/>.</summary>
    public int? Tunnel { get; init; }
}
