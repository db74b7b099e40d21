using System.Net;

namespace SshGateway.Server.Configuration;

/// <summary>The validated content of one configuration file. Replaced as a whole on reload, never edited.</summary>
internal sealed record GatewayConfiguration
{
    public const string DefaultStateDir = "/var/lib/sshgateway";

    public string FilePath { get; init; } = "";

    /// <summary>Addresses to bind; hosts are address literals (names were resolved at load).</summary>
    public IReadOnlyList<HostEndpoint> Listen { get; init; } = [];

    /// <summary>Addresses named by <c>sources</c> that are not this machine's, when Listen was derived from them.</summary>
    public IReadOnlyList<HostEndpoint> ForeignSources { get; init; } = [];

    /// <summary>Paths of private keys, or <c>agent:SOCKET</c>; empty means: generated in StateDir.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];

    public IReadOnlyList<string> HostCertificates { get; init; } = [];

    public string StateDir { get; init; } = DefaultStateDir;

    public string RunAs { get; init; } = "sshgateway";

    /// <summary>Text shown before authentication (a <c>file:</c> was read at load).</summary>
    public string Banner { get; init; } = "";

    /// <summary>Networks whose PROXY header is believed.</summary>
    public IReadOnlyList<IPNetwork> ProxyProtocol { get; init; } = [];

    public StateConfiguration State { get; init; } = new();

    public AuthConfiguration Auth { get; init; } = new();

    public LimitsConfiguration Limits { get; init; } = new();

    public AlgorithmConfiguration Algorithms { get; init; } = new();

    /// <summary>Address of metrics and health; null is off.</summary>
    public AdminEndpoint? AdminListen { get; init; }

    /// <summary>URL of an OpenTelemetry collector that metrics are sent to; "" leaves it to OTEL_EXPORTER_OTLP_ENDPOINT.</summary>
    public string AdminOtlp { get; init; } = "";

    /// <summary>Members of this system group may use the admin socket; "" leaves it to root and the gateway's own user.</summary>
    public string AdminGroup { get; init; } = "";

    public string Log => Routes.Base.Log;

    public LogFormat LogFormat => Routes.Base.LogFormat;

    public bool Debug => Routes.Base.Debug;

    internal RouteTable Routes { get; init; } = RouteTable.Empty;

    /// <summary>The top of the file, and each override applied to it alone: every setting that can come into force somewhere.</summary>
    public IEnumerable<RouteConfiguration> AllRoutes =>
        [Routes.Base, .. Routes.Overrides.Select(item => item.Changes.Aggregate(Routes.Base, (route, change) => change(route)))];

    /// <summary>The settings for a user who came to a gateway address. Groups are system groups (and <c>cert:NAME</c>).</summary>
    public RouteConfiguration RouteFor(string user, IReadOnlyList<string> groups, IPEndPoint? gatewayAddress) =>
        Routes.For(user, groups, gatewayAddress);
}

internal sealed record StateConfiguration
{
    /// <summary>A database that is the gateway's own memory, and ends with it.</summary>
    public const string InMemory = "memory:";

    /// <summary><c>sqlite:PATH</c>, <c>memory:</c> or a PostgreSQL connection string; may hold a password, so never print it as it is.</summary>
    public string Database { get; init; } = "";

    public bool Mandatory { get; init; }

    public TimeSpan KeyTtl { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a login waits for the store before it counts as unavailable.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Without the connection string, which may hold a password.</summary>
    public override string ToString() => $"{{ Mandatory = {Mandatory}, KeyTtl = {KeyTtl}, Lease = {Lease}, Timeout = {Timeout} }}";
}

/// <summary>Lists of algorithm names with + - ^ as in sshd, comma separated; "" is the default list.</summary>
internal sealed record AlgorithmConfiguration
{
    public string Kex { get; init; } = "";

    public string HostKeys { get; init; } = "";

    public string Ciphers { get; init; } = "";

    public string Macs { get; init; } = "";

    public string UserKeys { get; init; } = "";

    public bool PreferGcm { get; init; } = true;

    /// <summary>Offer zlib@openssh.com to clients.</summary>
    public bool Compression { get; init; }
}
