namespace SshGateway.Server.Privileged.Authd;

/// <summary>Whom the helper serves, and within which bounds.</summary>
internal sealed record AuthdOptions
{
    /// <summary>Path of the socket, or an abstract name (<see cref="HelperSocket"/>).</summary>
    public required string Socket { get; init; }

    /// <summary>A socket that systemd has opened, in place of <see cref="Socket"/>: a listening one, or one connection that is to be served.</summary>
    public System.Net.Sockets.Socket? Inherited { get; init; }

    /// <summary>The gateway's user; root may always come.</summary>
    public required uint AllowedUid { get; init; }

    public required PolicySource Policy { get; init; }

    /// <summary>Longest that modules may take between two steps of a conversation.</summary>
    public TimeSpan ModuleTime { get; init; } = LongestModuleTime;

    public static readonly TimeSpan LongestModuleTime = TimeSpan.FromSeconds(60);

    /// <summary>Longest that a user may take to answer; the gateway's own login grace time is shorter.</summary>
    public TimeSpan AnswerTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Conversations at a time; others wait.</summary>
    public int MaxConversations { get; init; } = 64;

    /// <summary>Look-ups of keys and principals at a time; others wait.</summary>
    public int MaxLookups { get; init; } = 32;

    /// <summary>Connections at a time, each with one request; a command or a PAM session holds one as long as it lasts.</summary>
    public int MaxConnections { get; init; } = 8192;

    /// <summary>Whether a child is started before anybody needs one.</summary>
    public bool KeepSpare { get; init; } = true;
}
