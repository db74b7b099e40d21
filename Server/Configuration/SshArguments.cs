namespace SshGateway.Server.Configuration;

/// <summary>What the client options of <c>ssh.args</c> (or <c>ssh_args</c> of a translated command) ask for; null is not given.</summary>
internal sealed record SshArguments
{
    public static readonly SshArguments Default = new() { Raw = ["-q", "-Y"], ForwardX11 = true, Quiet = true };

    /// <summary>As written.</summary>
    public IReadOnlyList<string> Raw { get; init; } = [];

    public bool Quiet { get; init; }

    /// <summary>How many <c>-v</c>.</summary>
    public int Verbose { get; init; }

    public bool? ForwardAgent { get; init; }

    public bool? ForwardX11 { get; init; }

    /// <summary>True: ask for a terminal even for a command (<c>-t</c>); false: never (<c>-T</c>).</summary>
    public bool? RequestTty { get; init; }

    /// <summary>Ask for a terminal even where the user's client asked for none (<c>-tt</c>, <c>RequestTTY=force</c>).</summary>
    public bool ForceTty { get; init; }

    /// <summary>The command names a subsystem (<c>-s</c>).</summary>
    public bool Subsystem { get; init; }

    /// <summary>No local, remote or socket forwards.</summary>
    public bool ClearAllForwardings { get; init; }

    public string? User { get; init; }

    /// <summary>For destinations whose entry names no port.</summary>
    public int? Port { get; init; }

    public IReadOnlyList<string> IdentityFiles { get; init; } = [];

    public IReadOnlyList<string> KnownHosts { get; init; } = [];

    public HostKeyCheck? HostKeyCheck { get; init; }

    public TimeSpan? ConnectTimeout { get; init; }

    public TimeSpan? KeepaliveInterval { get; init; }

    public int? KeepaliveCount { get; init; }

    /// <summary>Variables of <c>SetEnv</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SetEnv { get; init; } = [];
}
