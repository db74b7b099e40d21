using System.Globalization;
using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Hooks;
using SshGateway.Server.Recording.Collecting;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys that may stand at the top and inside an override.</summary>
internal static class RouteSettings
{
    public static readonly SettingTable<RouteConfiguration> Table = new SettingTable<RouteConfiguration>()
        .Add<bool>("debug", Values.Flag, (r, v) => r with { Debug = v })
        .Add<string>("log", Values.Path, (r, v) => r with { Log = v })
        .Add("log_format", Values.Choice(("text", LogFormat.Text), ("json", LogFormat.Json)), (r, v) => r with { LogFormat = v })
        .Add<TimeSpan>("check_interval", Values.Duration, (r, v) => r with { CheckInterval = v })
        .Add<bool>("check_background", Values.Flag, (r, v) => r with { CheckBackground = v })
        .Add<string>("error_banner", Values.Text, (r, v) => r with { ErrorBanner = v })
        .Add<string>("dump", DumpTarget, (r, v) => r with { Dump = v })
        .Add<long>("dump_limit_size", Values.Size, (r, v) => r with { DumpLimitSize = v })
        .Add<TimeSpan>("dump_limit_window", Values.Duration, (r, v) => r with { DumpLimitWindow = v })
        .Add<TimeSpan>("log_stats_interval", Values.Duration, (r, v) => r with { LogStatsInterval = v })
        .Add<TimeSpan>("etcd_stats_interval", Values.Duration, (r, v) => r with { StatsInterval = v })
        .Add<TimeSpan>("stats_interval", Values.Duration, (r, v) => r with { StatsInterval = v })
        .Add<string>("blocking_command", Hook, (r, v) => r with { BlockingCommand = v })
        .Add<string>("bg_command", Hook, (r, v) => r with { BackgroundCommand = v })
        .Add<Dictionary<string, TranslatedCommand>>("translate_commands", CommandMaps.Translations, CommandMaps.Merge)
        .Add<List<KeyValuePair<string, string>>>("environment", CommandMaps.Environment, CommandMaps.Merge)
        .Add<string>("service", Service, (r, v) => r with { Service = v })
        .Add<IReadOnlyList<HostEndpoint>>("dest", Hosts.Pool, (r, v) => v.Count == 0 ? r : r with { Dest = v })
        .Add("route_select", Values.Choice(("ordered", RouteSelect.Ordered), ("random", RouteSelect.Random), ("connections", RouteSelect.Connections), ("bandwidth", RouteSelect.Bandwidth)), (r, v) => r with { RouteSelect = v })
        .Add("mode", Values.Choice(("sticky", RouteMode.Sticky), ("balanced", RouteMode.Balanced)), (r, v) => r with { Mode = v })
        .Add<string>("force_command", Values.Text, (r, v) => r with { ForceCommand = v })
        .Add<bool>("command_must_match", Values.Flag, (r, v) => r with { CommandMustMatch = v })
        .Add<TimeSpan>("etcd_keyttl", Values.Seconds, (r, v) => r with { Persist = v })
        .Add<TimeSpan>("persist", Values.Seconds, (r, v) => r with { Persist = v })
        .Add("max_connections_per_user", Values.Count(0, int.MaxValue), (r, v) => r with { MaxConnectionsPerUser = v })
        .Section("ssh", Ssh(), r => r, (_, v) => v)
        .Section("etcd", Etcd(), r => r, (_, v) => v)
        .Section("destination", DestinationSettings.Table, r => r.Destination, (r, v) => r with { Destination = v })
        .Section("permit", PermitSettings.Table, r => r.Permit, (r, v) => r with { Permit = v })
        .Section("recording", Recording(), r => r, (_, v) => v);

    public static RouteConfiguration Defaults(string stateDir) => RouteConfiguration.Default with
    {
        Destination = DestinationConfiguration.Default with { KnownHosts = ["/etc/ssh/ssh_known_hosts", $"{stateDir}/known_hosts"] },
    };

    private static SettingTable<RouteConfiguration> Ssh() => new SettingTable<RouteConfiguration>()
        .Add<SshArguments>("args", SshArgumentReader.Read, (r, v) => r with { SshArgs = v })
        .Ignore("exe", "has no effect: no ssh client is started");

    private static SettingTable<RouteConfiguration> Etcd()
    {
        const string Unused = "has no effect: there is no etcd; say where state is kept in 'state.database'";
        return new SettingTable<RouteConfiguration>()
            .Ignore("endpoints", Unused)
            .Ignore("tls", Unused)
            .Ignore("username", Unused)
            .Ignore("password", Unused)
            .Add<TimeSpan>("keyttl", Values.Seconds, (r, v) => r with { StateKeyTtl = v })
            .Add<bool>("mandatory", Values.Flag, (r, v) => r with { StateMandatory = v });
    }

    private static SettingTable<RouteConfiguration> Recording() => new SettingTable<RouteConfiguration>()
        .Add("mode", Values.Choice(("best-effort", RecordingMode.BestEffort), ("strict", RecordingMode.Strict)), (r, v) => r with { RecordingMode = v })
        .Add("format", Values.Choice(("dump", RecordingFormat.Dump), ("asciicast", RecordingFormat.Asciicast)), (r, v) => r with { RecordingFormat = v })
        .Add<long>("bulk_limit", Values.Size, (r, v) => r with { RecordingBulkLimit = v })
        .Add<long>("bulk_rate", Values.Size, (r, v) => r with { RecordingBulkRate = v })
        .Add("sha256", Values.Choice(("transfers", RecordingSha256.Transfers), ("all", RecordingSha256.All), ("stored", RecordingSha256.Stored), ("none", RecordingSha256.None)), (r, v) => r with { RecordingSha256 = v })
        .Add<TimeSpan>("retention", Values.Duration, (r, v) => r with { RecordingRetention = v })
        .Add<long>("max_total_size", Values.Size, (r, v) => r with { RecordingMaxTotalSize = v })
        .Add<long>("spool_size", Values.Size, (r, v) => r with { RecordingSpoolSize = v })
        .Add<string>("tls_ca", Values.Path, (r, v) => r with { RecordingTlsCa = v })
        .Add<string>("tls_certificate", Values.Path, (r, v) => r with { RecordingTlsCertificate = v })
        .Add<string>("tls_key", Values.Path, (r, v) => r with { RecordingTlsKey = v });

    private static bool Hook(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Text(node, context, out value)) return false;
        return value.Length == 0 || CommandWords.TrySplit(value, out _)
            || context.Error(node.Mark, "a program and its arguments are expected; there is none, or a quote is not closed");
    }

    private static bool Service(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Text(node, context, out value)) return false;
        return value.Length is > 0 and <= 255 || context.Error(node.Mark, "a service name of 1 to 255 characters is expected");
    }

    private static bool DumpTarget(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Path(node, context, out value)) return false;
        if (!CollectorAddress.IsCollector(value)) return true;
        return CollectorAddress.TryParse(value, out _)
            || context.Error(node.Mark, string.Create(CultureInfo.InvariantCulture, $"{value[..3]}:host:port is expected, not {Describe.Kind(node)}"));
    }
}
