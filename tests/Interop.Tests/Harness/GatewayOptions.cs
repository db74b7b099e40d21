using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>What the tests vary in the gateway's configuration file.</summary>
internal sealed record GatewayOptions
{
    public required IReadOnlyList<KeyPair> HostKeys { get; init; }

    public required string AuthorizedKeys { get; init; }

    public required IReadOnlyList<string> Destinations { get; init; }

    public required string DestinationKey { get; init; }

    /// <summary>Private key files that are tried after <see cref="DestinationKey"/>.</summary>
    public IReadOnlyList<string> MoreDestinationKeys { get; init; } = [];

    /// <summary>More ports to listen on: overrides tell them apart by <c>sources</c>.</summary>
    public IReadOnlyList<int> MorePorts { get; init; } = [];

    /// <summary>More keys of <c>auth</c>, one a line, each indented by two.</summary>
    public string AuthLines { get; init; } = "";

    public required string DestinationKnownHosts { get; init; }

    public string HostKeyCheck { get; init; } = "strict";

    /// <summary>Value of <c>destination.auth</c>.</summary>
    public string DestinationAuth { get; init; } = "[key]";

    /// <summary>More keys of <c>destination</c>, one a line, each indented by two.</summary>
    public string DestinationLines { get; init; } = "";

    /// <summary>More variables of the gateway's process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public int Port { get; init; } = LoopbackPort.Free();

    /// <summary>False: the addresses are those of the overrides.</summary>
    public bool Listens { get; init; } = true;

    /// <summary>Standard output when it is empty.</summary>
    public string Log { get; init; } = "";

    public string ConnectTimeout { get; init; } = "5s";

    /// <summary>More lines at the end of the file, at the top level.</summary>
    public string ExtraLines { get; init; } = "";

    public string ToYaml(string state)
    {
        var yaml = new StringBuilder();
        if (Listens) yaml.AppendLine($"listen: [{List(MorePorts.Prepend(Port).Select(port => $"127.0.0.1:{port}"))}]");
        yaml.AppendLine($"host_keys: [{List(HostKeys.Select(key => key.PrivateFile))}]");
        yaml.AppendLine($"state_dir: {state}");
        yaml.AppendLine($"run_as: {System.Environment.UserName}");
        yaml.AppendLine($"dest: [{List(Destinations)}]");
        yaml.AppendLine($"log: \"{Log}\"");
        yaml.AppendLine("debug: true");
        yaml.AppendLine("auth:");
        yaml.AppendLine($"  authorized_keys: [{List([AuthorizedKeys])}]");
        yaml.Append(AuthLines);
        // As the destination, so that refusals compare. Root's helper would make PAM's methods available.
        if (!AuthLines.Contains("methods:", StringComparison.Ordinal)) yaml.AppendLine("  methods: [publickey]");
        // What the machine's PAM thinks of root's account is no matter of these tests.
        yaml.AppendLine("  pam_account: false");
        yaml.AppendLine("destination:");
        if (!DestinationLines.Contains("  user:", StringComparison.Ordinal)) yaml.AppendLine($"  user: {System.Environment.UserName}");
        yaml.AppendLine($"  auth: {DestinationAuth}");
        yaml.Append(DestinationLines);
        yaml.AppendLine($"  keys: [{List(MoreDestinationKeys.Prepend(DestinationKey))}]");
        yaml.AppendLine($"  known_hosts: [{List([DestinationKnownHosts])}]");
        yaml.AppendLine($"  host_key_check: {HostKeyCheck}");
        yaml.AppendLine($"  connect_timeout: {ConnectTimeout}");
        // Scenarios open many connections at once from one address; admission has tests of its own.
        if (!ExtraLines.Contains("limits:", StringComparison.Ordinal)) yaml.AppendLine("limits: {max_startups: \"200:30:300\", per_source: 200, penalties: off}");
        yaml.Append(ExtraLines);
        return yaml.ToString();
    }

    private static string List(IEnumerable<string> items) => string.Join(", ", items.Select(item => $"\"{item}\""));
}
