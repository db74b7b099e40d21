using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Hooks;
using SshGateway.Server.Privileged;
using SshGateway.Server.Relay.Taps;
using SshGateway.Server.Routing;
using SshGateway.Server.State;

namespace SshGateway.Server.Listeners;

/// <summary>What every session of a gateway shares: a snapshot, replaced as a whole on reload. A session keeps the one it began with.</summary>
internal sealed record GatewayServices
{
    /// <summary>
    /// softwareversion towards clients. OpenSSH clients send eow@openssh.com, without which <c>ssh host yes | head</c> hangs, only
    /// to servers whose version begins with OpenSSH.
    /// </summary>
    public const string OpenSshLikeVersion = "OpenSSH-SshGateway_0.1";

    /// <summary>softwareversion towards destinations when the client itself is no OpenSSH.</summary>
    public const string PlainVersion = "SshGateway_0.1";

    public required GatewayConfiguration Configuration { get; init; }

    /// <summary>Held by each session as long as it lives; null where somebody else disposes of the keys.</summary>
    public SharedKeys? Keys { get; init; }

    public required IReadOnlyList<ISshSigner> HostKeys { get; init; }

    public required DestinationKeyRing DestinationKeys { get; init; }

    /// <summary>What this gateway shares with others.</summary>
    public required GatewayState State { get; init; }

    public LateDials LateDials { get; } = new();

    public KnownHostsCache KnownHosts { get; } = new();

    public KeyFileCache KeyFiles { get; } = new();

    public RefusalClocks Refusals { get; } = new();

    /// <summary>This machine's full name, found once: looking it up may take seconds where the name service is down.</summary>
    public string HostName => _hostName.Value;

    private readonly Lazy<string> _hostName = new(MachineName.Find);

    /// <summary>Who may look on at connections: recorders, auditors.</summary>
    public IReadOnlyList<IRelayTapSource> TapSources { get; init; } = [];

    /// <summary><c>blocking_command</c> and <c>bg_command</c>.</summary>
    public SessionHooks Hooks => LazyInitializer.EnsureInitialized(ref _hooks, () => SessionHooks.Create(Helper, Logger, Time));

    private SessionHooks? _hooks;

    public required ILogger Logger { get; init; }

    /// <summary>The authentication methods that can be offered here.</summary>
    public OfferedMethods Methods => _methods ??= OfferedMethods.Find(Configuration.Auth, Helper);

    private OfferedMethods? _methods;

    /// <summary>What needs rights that this process does not have. Whoever made it disposes it.</summary>
    public IPrivilegedHelper Helper { get; init; } = new NoPrivilege();

    private static bool HasAesInstructions => System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public RekeyLimits RekeyLimits => new()
    {
        Bytes = Configuration.Limits.RekeyBytes > 0 ? (ulong)Configuration.Limits.RekeyBytes : null,
        Age = TimeSpan.FromSeconds(Configuration.Limits.RekeySeconds),
    };

    /// <summary>What the configuration makes of the default algorithms.</summary>
    public OfferedAlgorithms Offered => _offered ??= OfferedAlgorithms.For(Configuration.Algorithms);

    private OfferedAlgorithms? _offered;

    /// <summary>The same gateway with another configuration and its keys. What lives longer than a configuration (caches, state) stays.</summary>
    public GatewayServices With(GatewayConfiguration configuration, IReadOnlyList<ISshSigner> hostKeys, DestinationKeyRing destinationKeys, SharedKeys keys) => this with
    {
        Configuration = configuration,
        HostKeys = hostKeys,
        DestinationKeys = destinationKeys,
        Keys = keys,
        _offered = null,
        _methods = null,
    };

    public SshTransportOptions ClientLeg => new()
    {
        Algorithms = Offered.ClientLeg,
        UserKeyAlgorithms = Offered.UserKeys,
        SoftwareVersion = OpenSshLikeVersion,
        HostKeys = HostKeys,
        PreferGcm = Configuration.Algorithms.PreferGcm && HasAesInstructions,
        RekeyLimits = RekeyLimits,
        TimeProvider = Time,
    };
}
