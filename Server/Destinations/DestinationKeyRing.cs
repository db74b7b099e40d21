using System.Collections.Concurrent;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Server.HostKeys;

namespace SshGateway.Server.Destinations;

/// <summary>The gateway's own keys towards destinations, read once each and kept.</summary>
internal sealed class DestinationKeyRing : IDisposable
{
    private const string AgentPrefix = "agent:";

    private readonly ConcurrentDictionary<string, PrivateKey> _keys = new(StringComparer.Ordinal);

    /// <summary>Whether a setting names an ssh-agent's socket and no file.</summary>
    public static bool IsAgent(string key) => key.StartsWith(AgentPrefix, StringComparison.Ordinal);

    /// <summary>
    /// The key of a certificate authority: a file's, or the only one of an agent, or the one whose fingerprint stands behind the socket. The agent is
    /// asked each time: it may have been started anew.
    /// </summary>
    /// <exception cref="KeyFileException">There is no such key.</exception>
    /// <exception cref="AgentException">The agent cannot be used.</exception>
    public async ValueTask<ISshSigner> FindAuthorityAsync(string key)
    {
        if (!IsAgent(key)) return Load(key);
        string[] parts = key[AgentPrefix.Length..].Split(' ', 2, StringSplitOptions.TrimEntries);
        IReadOnlyList<AgentKey> keys = await AgentKey.ListAsync(parts[0]).ConfigureAwait(false);
        AgentKey[] fitting = [.. keys.Where(candidate => parts.Length == 1 || candidate.PublicKey.Fingerprint == parts[1])];
        return fitting.Length switch
        {
            1 => fitting[0],
            0 => throw new AgentException($"the agent at {parts[0]} does not hold {parts[1]}"),
            _ => throw new AgentException($"the agent at {parts[0]} holds {fitting.Length} keys: write the authority's fingerprint behind the socket"),
        };
    }

    /// <exception cref="KeyFileException">A file cannot be read or holds no private key.</exception>
    public IReadOnlyList<ISshSigner> Load(IReadOnlyList<string> files) => [.. files.Select(Load)];

    /// <exception cref="KeyFileException">The file cannot be read or holds no private key.</exception>
    public ISshSigner Load(string file) => _keys.GetOrAdd(file, static path => PrivateKey.Load(path));

    public void Dispose()
    {
        foreach (PrivateKey key in _keys.Values) key.Dispose();
    }
}
