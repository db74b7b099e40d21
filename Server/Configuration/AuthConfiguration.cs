namespace SshGateway.Server.Configuration;

internal enum RootLogin { No, WithoutPassword, Yes }

/// <summary>How users authenticate to the gateway.</summary>
internal sealed record AuthConfiguration
{
    public const string PublicKey = "publickey";
    public const string KeyboardInteractive = "keyboard-interactive";
    public const string Password = "password";
    public const string HostBased = "hostbased";
    public const string Gssapi = "gssapi-with-mic";

    /// <summary>Runs look-ups where nobody else is named.</summary>
    private const string LookupUser = "nobody";

    /// <summary>Alternatives; each is a list of methods that are all asked for, in that order.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Methods { get; init; } = [[PublicKey], [KeyboardInteractive], [Password]];

    /// <summary>File patterns ({user}, {home}, {uid}).</summary>
    public IReadOnlyList<string> AuthorizedKeys { get; init; } = [];

    /// <summary>Program and arguments with sshd's tokens; prints keys.</summary>
    public string AuthorizedKeysCommand { get; init; } = "";

    /// <summary>Who runs it.</summary>
    public string AuthorizedKeysCommandUser { get; init; } = LookupUser;

    /// <summary>Files with public keys of user certificate authorities.</summary>
    public IReadOnlyList<string> TrustedUserCa { get; init; } = [];

    /// <summary>File patterns; empty: the principal is the user's name.</summary>
    public IReadOnlyList<string> AuthorizedPrincipals { get; init; } = [];

    /// <summary>Program and arguments with sshd's tokens; prints principals.</summary>
    public string AuthorizedPrincipalsCommand { get; init; } = "";

    /// <summary>Who runs it.</summary>
    public string AuthorizedPrincipalsCommandUser { get; init; } = LookupUser;

    /// <summary>Revocation lists (KRL or plain keys).</summary>
    public IReadOnlyList<string> RevokedKeys { get; init; } = [];

    /// <summary>Tried in order; the first that is installed is used.</summary>
    public IReadOnlyList<string> PamServices { get; init; } = ["sshgateway", "sshd"];

    /// <summary>For so long after a login with several methods, the same user with the same key from the same address is not asked for the others; zero asks always.</summary>
    public TimeSpan MfaGrace { get; init; }

    /// <summary>Whether PAM's account modules are asked about users who came in by a key.</summary>
    public bool PamAccount { get; init; } = true;

    /// <summary>Whether a PAM session lasts as long as the connection (it costs a process that long).</summary>
    public bool PamSession { get; init; }

    /// <summary>File of machines that may vouch for their users, as shosts.equiv; "" trusts none.</summary>
    public string HostbasedMachines { get; init; } = "";

    /// <summary>known_hosts files with the keys of these machines.</summary>
    public IReadOnlyList<string> HostbasedKnownHosts { get; init; } = ["/etc/ssh/ssh_known_hosts"];

    /// <summary>Keys of the gateway's Kerberos service (host/NAME), for gssapi-with-mic; readable by the gateway itself.</summary>
    public string Keytab { get; init; } = "/etc/krb5.keytab";

    /// <summary>Socket of the privileged helper, for a gateway that is not root.</summary>
    public string Helper { get; init; } = Privileged.AuthdCommand.DefaultSocket;

    public bool RequireSystemUser { get; init; } = true;

    /// <summary>Patterns USER or USER@HOST as in sshd; empty allows everyone.</summary>
    public IReadOnlyList<string> AllowUsers { get; init; } = [];

    public IReadOnlyList<string> DenyUsers { get; init; } = [];

    public IReadOnlyList<string> AllowGroups { get; init; } = [];

    public IReadOnlyList<string> DenyGroups { get; init; } = [];

    public RootLogin AllowRoot { get; init; } = RootLogin.WithoutPassword;
}
