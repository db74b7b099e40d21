using System.Net;

namespace SshGateway.Server.Configuration;

internal enum HostKeyCheck { Strict, AcceptNew, Off }

internal enum ProxyHeader { Off, V1, V2 }

/// <summary>Ways to authenticate to a destination, tried in the order configured.</summary>
internal enum DestinationAuth { Certificate, UserKey, Key, HostBased, Password, Agent, Gssapi }

/// <summary>How the gateway connects to the hosts of a route.</summary>
internal sealed record DestinationConfiguration
{
    public static readonly DestinationConfiguration Default = new();

    /// <summary>Pattern, usually {user}.</summary>
    public string User { get; init; } = "{user}";

    public IReadOnlyList<DestinationAuth> Auth { get; init; } =
    [
        DestinationAuth.Certificate, DestinationAuth.UserKey, DestinationAuth.Key,
        DestinationAuth.HostBased, DestinationAuth.Password, DestinationAuth.Agent,
    ];

    /// <summary>Private key of the certificate authority; "" mints no certificates.</summary>
    public string CaKey { get; init; } = "";

    public TimeSpan CertificateTtl { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Addresses and networks that a minted certificate may be used from; empty: the address that the gateway has towards the destination.</summary>
    public IReadOnlyList<IPNetwork> CertificateSources { get; init; } = [];

    /// <summary>Private keys of the gateway.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Patterns of the user's own keys.</summary>
    public IReadOnlyList<string> UserKeys { get; init; } = ["{home}/.ssh/id_ed25519", "{home}/.ssh/id_ecdsa", "{home}/.ssh/id_rsa"];

    public IReadOnlyList<string> KnownHosts { get; init; } = [];

    public HostKeyCheck HostKeyCheck { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Zero sends no probes.</summary>
    public TimeSpan KeepaliveInterval { get; init; } = TimeSpan.FromSeconds(15);

    public int KeepaliveCount { get; init; } = 3;

    public bool Legacy { get; init; }

    public ProxyHeader ProxyProtocol { get; init; }

    /// <summary>File that maps users to their names at the destination; "" is none.</summary>
    public string UserMap { get; init; } = "";

    /// <summary>What that file says; null without one.</summary>
    public UserMap? Users { get; init; }

    /// <summary>Whether a destination that the gateway logs in to with a user's Kerberos tickets is given tickets in turn.</summary>
    public bool GssapiDelegate { get; init; } = true;

    /// <summary>The user's name at the destination.</summary>
    public string UserFor(string user, PatternExpander patterns) => patterns.Expand(Users?.Find(user) ?? User);

    /// <summary>Which of the above were written out: these win over what ssh.args says.</summary>
    internal DestinationKeys Given { get; init; }
}

[Flags]
internal enum DestinationKeys
{
    None = 0,
    User = 1,
    UserKeys = 2,
    KnownHosts = 4,
    HostKeyCheck = 8,
    ConnectTimeout = 16,
    Keepalive = 32,
}
