using System.Collections.Concurrent;
using SshGateway.Protocol.Keys;

namespace SshGateway.Server.Destinations;

/// <summary>The gateway's own keys towards destinations, read once each and kept.</summary>
internal sealed class DestinationKeyRing : IDisposable
{
    private readonly ConcurrentDictionary<string, PrivateKey> _keys = new(StringComparer.Ordinal);

    /// <exception cref="KeyFileException">A file cannot be read or holds no private key.</exception>
    public IReadOnlyList<ISshSigner> Load(IReadOnlyList<string> files) => [.. files.Select(Load)];

    /// <exception cref="KeyFileException">The file cannot be read or holds no private key.</exception>
    public ISshSigner Load(string file) => _keys.GetOrAdd(file, static path => PrivateKey.Load(path));

    public void Dispose()
    {
        foreach (PrivateKey key in _keys.Values) key.Dispose();
    }
}
