using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Three destinations, each a real sshd with an address of its own; gateways in front of them as each test needs them.</summary>
public sealed class RoutingBed : TestBed
{
    /// <summary>Users that every system has beside the one who runs the tests; the destinations know only him.</summary>
    public const string OtherUser = "games";
    public const string ThirdUser = "mail";

    private readonly List<OpenSshServer> _servers = [];
    private int _routes;

    /// <summary><c>host:port</c> of each.</summary>
    internal IReadOnlyList<string> Hosts => [.. _servers.Select((server, i) => $"{Address(i)}:{server.Port}")];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        for (int i = 0; i < 3; i++) _servers.Add(await StartHostAsync(i));
    }

    /// <summary>A destination with an address of its own that nothing else uses.</summary>
    internal async Task<OpenSshServer> StartHostAsync(int number, int? port = null)
    {
        int chosen = port ?? LoopbackPort.Free();
        return await StartDestinationAsync([$"ListenAddress {Address(number)}:{chosen}"], chosen);
    }

    internal static string Address(int number) => $"127.0.0.{number + 2}";

    internal async Task<(GatewayProcess Gateway, Route Route)> StartAsync(
        string lines, IReadOnlyList<string>? destinations = null, Func<GatewayOptions, GatewayOptions>? change = null)
    {
        destinations ??= Hosts;
        string key = DestinationHostKeys[0].PublicText;
        GatewayOptions options = DestinationOptions(Destination.Port, []) with
        {
            Destinations = destinations,
            DestinationKnownHosts = Folder.Write($"known_{Guid.NewGuid():N}"[..14], string.Concat(destinations.Concat(Hosts).Distinct().Select(host => $"{KnownName(host)} {key}\n"))),
            ExtraLines = lines,
        };
        GatewayProcess gateway = await StartGatewayAsync(change?.Invoke(options) ?? options);
        return (gateway, RouteThrough(gateway, $"r{Interlocked.Increment(ref _routes)}"));
    }

    /// <summary>A further way to a gateway, through another of its ports.</summary>
    internal Route RouteTo(int port) =>
        new(Folder, $"r{Interlocked.Increment(ref _routes)}", port, UserKey, GatewayHostKeys.Select(key => key.PublicText));

    internal static string KnownName(string host) => $"[{host[..host.LastIndexOf(':')]}]{host[host.LastIndexOf(':')..]}";

    /// <summary>The host on which a login ends.</summary>
    internal static async Task<string> WhereAsync(Route route, params string[] options)
    {
        ProcessResult result = await route.SshAsync([.. options, "target", "echo $SSH_CONNECTION"]);
        Assert.True(result.ExitStatus == 0, result.ToString());
        return HostIn(result.OutputText);
    }

    internal static async Task<string> WhereAsAsync(Route route, string user) => await WhereAsync(route, "-l", user);

    /// <summary>A session that stays until its input is closed.</summary>
    internal static async Task<HeldSession> HoldAsync(Route route, params string[] options)
    {
        ChildProcess ssh = route.StartSsh([.. options, "target", "echo $SSH_CONNECTION; cat"]);
        return new HeldSession(ssh, HostIn(await ssh.ReadUntilAsync("\n")));
    }

    private static string HostIn(string connection)
    {
        string[] parts = connection.Trim().Split(' ');
        return $"{parts[2]}:{parts[3]}";
    }
}

internal sealed record HeldSession(ChildProcess Ssh, string Host) : IAsyncDisposable
{
    public async Task EndAsync()
    {
        Ssh.CloseInput();
        await Ssh.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => Ssh.DisposeAsync();
}
