using System.Net;
using SshGateway.Server.Configuration.NodeSets;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>What reading one file collects and needs. Errors are gathered, so that several are shown at once.</summary>
internal sealed class ReadContext(LoadServices services, NodeSetExpander nodeSets)
{
    public const int MaxMessages = 100;

    private readonly List<ConfigurationError> _errors = [];
    private readonly List<ConfigurationError> _warnings = [];
    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _resolved = new(StringComparer.OrdinalIgnoreCase);

    public LoadServices Services { get; } = services;

    public NodeSetExpander NodeSets { get; } = nodeSets;

    public string StateDir { get; set; } = GatewayConfiguration.DefaultStateDir;

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    public IReadOnlyList<ConfigurationError> Warnings => _warnings;

    /// <summary>Adds an error and returns false, so that a parser can end with it.</summary>
    public bool Error(ConfigMark mark, string message)
    {
        Add(_errors, mark, message);
        return false;
    }

    public void Warn(ConfigMark mark, string message) => Add(_warnings, mark, message);

    public string WithStateDir(string text) => text.Replace("{state_dir}", StateDir, StringComparison.Ordinal);

    /// <summary>The addresses of a literal or name; empty when unknown.</summary>
    public IReadOnlyList<IPAddress> Resolve(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal)) return [literal];
        if (!_resolved.TryGetValue(host, out IReadOnlyList<IPAddress>? addresses))
        {
            addresses = Services.Resolve(host);
            _resolved[host] = addresses;
        }

        return addresses;
    }

    private static void Add(List<ConfigurationError> list, ConfigMark mark, string message)
    {
        if (list.Count < MaxMessages) list.Add(new ConfigurationError(mark.File, mark.Line, mark.Column, message));
        else if (list.Count == MaxMessages) list.Add(new ConfigurationError(mark.File, 0, 0, "more of them are not shown"));
    }
}
