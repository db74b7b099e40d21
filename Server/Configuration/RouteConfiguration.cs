using System.Collections.Frozen;

namespace SshGateway.Server.Configuration;

/// <summary>How a destination is chosen from the pool.</summary>
internal enum RouteSelect { Ordered, Random, Connections, Bandwidth }

/// <summary>Whether a user's connections stay on one host.</summary>
internal enum RouteMode { Sticky, Balanced }

internal enum RecordingMode { BestEffort, Strict }

internal enum RecordingFormat { Dump, Asciicast }

/// <summary>What SHA-256 is computed of: file transfers and recordings; all that passes and recordings; recordings; nothing.</summary>
internal enum RecordingSha256 { Transfers, All, Stored, None }

internal enum LogFormat { Text, Json }

/// <summary>What an exact command is replaced with.</summary>
internal sealed record TranslatedCommand(SshArguments Arguments, string Command, bool DisableDump)
{
    /// <summary>The command names a subsystem (<c>-s</c> in ssh_args).</summary>
    public bool IsSubsystem => Arguments.Subsystem;
}

/// <summary>Everything that may stand at the top and inside an override, as it holds for one user at one gateway address.
/// Patterns such as {user} are not yet expanded (see <see cref="PatternExpander"/>).</summary>
internal sealed record RouteConfiguration
{
    public static readonly RouteConfiguration Default = new();

    public bool Debug { get; init; }

    /// <summary>"" is standard output, "syslog", or a file path with {user}.</summary>
    public string Log { get; init; } = "";

    public LogFormat LogFormat { get; init; }

    public TimeSpan CheckInterval { get; init; }

    /// <summary>Whether hosts that are down are dialled again every <see cref="CheckInterval"/> without a login.</summary>
    public bool CheckBackground { get; init; }

    public string ErrorBanner { get; init; } = "";

    /// <summary>"", a file path with patterns, <c>TCP:host:port</c>, <c>TLS:host:port</c>, or <c>etcd</c>/<c>state</c> (statistics only).</summary>
    public string Dump { get; init; } = "";

    /// <summary>Bytes; 0 is no limit.</summary>
    public long DumpLimitSize { get; init; }

    public TimeSpan DumpLimitWindow { get; init; }

    public TimeSpan LogStatsInterval { get; init; }

    public TimeSpan StatsInterval { get; init; } = TimeSpan.FromSeconds(5);

    public string BlockingCommand { get; init; } = "";

    public string BackgroundCommand { get; init; } = "";

    public IReadOnlyDictionary<string, TranslatedCommand> TranslateCommands { get; init; } =
        FrozenDictionary<string, TranslatedCommand>.Empty;

    /// <summary>In the order of the file, those of later overrides last.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = FrozenDictionary<string, string>.Empty;

    public string Service { get; init; } = "default";

    /// <summary>Node sets expanded, in the order written, each once.</summary>
    public IReadOnlyList<HostEndpoint> Dest { get; init; } = [];

    public RouteSelect RouteSelect { get; init; }

    public RouteMode Mode { get; init; }

    public string ForceCommand { get; init; } = "";

    public bool CommandMustMatch { get; init; }

    /// <summary>How long the chosen host is remembered after the last connection (<c>etcd_keyttl</c>, <c>persist</c>).</summary>
    public TimeSpan Persist { get; init; }

    /// <summary>0 is no limit.</summary>
    public int MaxConnectionsPerUser { get; init; }

    /// <summary>The arguments of <c>ssh.args</c>; those with a counterpart in <see cref="Destination"/> and <see cref="Permit"/>
    /// have already been applied there.</summary>
    public SshArguments SshArgs { get; init; } = SshArguments.Default;

    /// <summary>Refuse logins while the state store is away (<c>state.mandatory</c>, or <c>etcd.mandatory</c> of an override).</summary>
    public bool StateMandatory { get; init; }

    public TimeSpan StateKeyTtl { get; init; } = TimeSpan.FromSeconds(5);

    public DestinationConfiguration Destination { get; init; } = DestinationConfiguration.Default;

    public PermitConfiguration Permit { get; init; } = PermitConfiguration.Default;

    public RecordingMode RecordingMode { get; init; }

    public RecordingFormat RecordingFormat { get; init; }

    /// <summary>Bytes kept of the data of a bulk transfer (scp, sftp, rsync), head and tail together; 0 keeps all.</summary>
    public long RecordingBulkLimit { get; init; } = 1 << 20;

    /// <summary>Bytes a second, over ten seconds, from which on a session without a terminal counts as a bulk transfer; 0: never.</summary>
    public long RecordingBulkRate { get; init; } = 16 << 20;

    public RecordingSha256 RecordingSha256 { get; init; }

    /// <summary>Recordings older than this are deleted; zero keeps them.</summary>
    public TimeSpan RecordingRetention { get; init; }

    /// <summary>The oldest recordings are deleted when all together are larger; 0 is no limit.</summary>
    public long RecordingMaxTotalSize { get; init; }

    /// <summary>Bytes kept on disk for a collector that cannot be reached (<c>dump: TCP:…</c>).</summary>
    public long RecordingSpoolSize { get; init; } = 64 << 20;

    /// <summary>PEM of those who sign certificates of collectors (<c>dump: TLS:…</c>); "": whom the system trusts.</summary>
    public string RecordingTlsCa { get; init; } = "";

    /// <summary>PEM of the certificate shown to collectors; "": none.</summary>
    public string RecordingTlsCertificate { get; init; } = "";

    /// <summary>PEM of its key; "": it is in the same file.</summary>
    public string RecordingTlsKey { get; init; } = "";

    /// <summary>Indexes into the file's overrides that were applied, in order (for <c>explain</c>).</summary>
    public IReadOnlyList<int> AppliedOverrides { get; init; } = [];
}
