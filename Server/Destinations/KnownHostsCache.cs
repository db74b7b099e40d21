using System.Collections.Concurrent;
using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Server.Destinations;

/// <summary>The known_hosts files in use, each list of them read once and reread when a file changes.</summary>
internal sealed class KnownHostsCache
{
    private readonly ConcurrentDictionary<string, KnownHostsFiles> _files = new(StringComparer.Ordinal);

    public KnownHostsFiles Get(IReadOnlyList<string> paths) => _files.GetOrAdd(string.Join('\0', paths), _ => new KnownHostsFiles(paths));
}
