using System.Collections.Concurrent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Server.Authentication;

/// <summary>Files of authorities and of revoked keys, shared by all sessions: parsed once, and again when they have changed.</summary>
internal sealed class KeyFileCache
{
    private readonly ConcurrentDictionary<string, Entry<IReadOnlyList<PublicKey>>> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Entry<RevokedKeys>> _revoked = new(StringComparer.Ordinal);

    /// <summary>The keys of a file.</summary>
    /// <exception cref="KeyFileException">It cannot be read or understood.</exception>
    public IReadOnlyList<PublicKey> Keys(string path) => Get(_keys, path, PublicKeyFile.LoadAll);

    /// <summary>The revocation list of a file.</summary>
    /// <exception cref="KeyFileException">It cannot be read or understood; no key must be accepted then.</exception>
    public RevokedKeys Revoked(string path) => Get(_revoked, path, RevokedKeys.Load);

    private static T Get<T>(ConcurrentDictionary<string, Entry<T>> entries, string path, Func<string, T> load)
    {
        var info = new FileInfo(path);
        // A missing file has size -1, and is not kept.
        long size = info.Exists ? info.Length : -1;
        if (entries.TryGetValue(path, out Entry<T>? entry) && entry.Size == size && entry.Changed == info.LastWriteTimeUtc) return entry.Content;
        T content = load(path);
        entries[path] = new Entry<T>(content, size, info.LastWriteTimeUtc);
        return content;
    }

    private sealed record Entry<T>(T Content, long Size, DateTime Changed);
}
