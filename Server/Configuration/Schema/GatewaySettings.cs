using System.Net;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys that may only stand at the top of the file.</summary>
internal static class GatewaySettings
{
    public static readonly SettingTable<GatewayConfiguration> Table = new SettingTable<GatewayConfiguration>()
        .Add<IReadOnlyList<HostEndpoint>>("listen", Hosts.Listen, (g, v) => g with { Listen = v })
        .Add("host_keys", Values.ListOf<string>(Values.KeyFile), (g, v) => g with { HostKeys = v })
        .Add("host_certificates", Values.ListOf<string>(Values.KeyFile), (g, v) => g with { HostCertificates = v })
        .Add<string>("state_dir", StateDir, (g, v) => g with { StateDir = v })
        .Add<string>("run_as", Values.Text, (g, v) => g with { RunAs = v })
        .Add<string>("banner", Banner, (g, v) => g with { Banner = v })
        .Add("proxy_protocol", Values.ListOf<IPNetwork>(Values.Network), (g, v) => g with { ProxyProtocol = v })
        .Section("state", State(), g => g.State, (g, v) => g with { State = v })
        .Section("auth", AuthSettings.Table, g => g.Auth, (g, v) => g with { Auth = v })
        .Section("limits", LimitSettings.Table, g => g.Limits, (g, v) => g with { Limits = v })
        .Section("algorithms", AlgorithmSettings.Table, g => g.Algorithms, (g, v) => g with { Algorithms = v })
        .Section("admin", Admin(), g => g, (_, v) => v);

    public static GatewayConfiguration Defaults(string stateDir) => new()
    {
        StateDir = stateDir,
        State = new StateConfiguration { Database = $"sqlite:{stateDir}/state.db" },
        Auth = new AuthConfiguration { AuthorizedKeys = ["{home}/.ssh/authorized_keys", $"{stateDir}/keys/{{user}}"] },
    };

    public static bool StateDir(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Text(node, context, out value)) return false;
        value = value.Length > 1 ? value.TrimEnd('/') : value;
        return value.Length > 0 || context.Error(node.Mark, "the path of a directory is expected");
    }

    private static SettingTable<StateConfiguration> State() => new SettingTable<StateConfiguration>()
        .Add<string>("database", Database, (s, v) => s with { Database = v })
        .Add<bool>("mandatory", Values.Flag, (s, v) => s with { Mandatory = v })
        .Add<TimeSpan>("keyttl", Values.Seconds, (s, v) => s with { KeyTtl = v })
        .Add<TimeSpan>("lease", Lease, (s, v) => s with { Lease = v })
        .Add<TimeSpan>("timeout", Values.PositiveDuration, (s, v) => s with { Timeout = v });

    private static SettingTable<GatewayConfiguration> Admin() => new SettingTable<GatewayConfiguration>()
        .Add<AdminEndpoint?>("listen", Hosts.Admin, (g, v) => g with { AdminListen = v })
        .Add<string>("otlp", Collector, (g, v) => g with { AdminOtlp = v })
        .Add<string>("group", Values.Text, (g, v) => g with { AdminGroup = v });

    private static bool Collector(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Text(node, context, out value)) return false;
        bool good = value.Length == 0 || (Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0);
        return good || context.Error(node.Mark, "the URL of a collector, http://HOST:PORT or https://HOST:PORT, is expected");
    }

    private static bool Lease(ConfigNode node, ReadContext context, out TimeSpan value)
    {
        if (!Values.Duration(node, context, out value)) return false;
        return value >= TimeSpan.FromSeconds(1) || context.Error(node.Mark, "a lease of at least 1s is expected");
    }

    private static bool Database(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Path(node, context, out value)) return false;
        if (value.StartsWith("env:", StringComparison.Ordinal))
        {
            string name = value[4..];
            value = context.Services.EnvironmentVariable(name) ?? "";
            if (value.Length == 0) return context.Error(node.Mark, $"the environment variable '{Shown.Text(name)}' is not set");
        }

        bool known = value == StateConfiguration.InMemory || value.StartsWith("sqlite:", StringComparison.Ordinal) || value.StartsWith("postgres://", StringComparison.Ordinal)
            || value.StartsWith("postgresql://", StringComparison.Ordinal) || value.Contains('=', StringComparison.Ordinal);
        // What was written may hold a password: it is not repeated.
        return known || context.Error(node.Mark, "sqlite:PATH, memory:, postgresql://…, a key=value connection string or env:NAME is expected");
    }

    private static bool Banner(ConfigNode node, ReadContext context, out string value)
    {
        if (!Values.Path(node, context, out value) || !value.StartsWith("file:", StringComparison.Ordinal)) return node.IsScalar;
        string path = value[5..];
        try
        {
            value = context.Services.ReadText(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return context.Error(node.Mark, $"the file '{Shown.Text(path)}' cannot be read");
        }
    }
}
