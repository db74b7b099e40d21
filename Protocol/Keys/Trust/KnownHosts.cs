using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>A key that known_hosts holds for a host.</summary>
public sealed record KnownHostKey(string File, int Line, string KeyType, string Fingerprint);

public enum HostKeyStatus
{
    /// <summary>The key stands in the file for this host, or a valid certificate of a listed authority names the host.</summary>
    Trusted,

    /// <summary>Nothing is known that speaks for or against the key; see <see cref="HostKeyCheck.Expected"/> for keys of other types.</summary>
    Unknown,

    /// <summary>Another key of the same type is known.</summary>
    Mismatch,

    /// <summary>The key, or the authority that signed it, is marked <c>@revoked</c>.</summary>
    Revoked,
}

/// <summary>What known_hosts says about a host key.</summary>
/// <param name="Status">The verdict.</param>
/// <param name="Expected">
/// For <see cref="HostKeyStatus.Mismatch"/> the keys that were expected. For <see cref="HostKeyStatus.Unknown"/> the host's keys of
/// other types: when there are any, a key taken as new might be an attacker's, so policies that accept new keys should refuse.
/// </param>
/// <param name="Entry">The line that decided, if one did.</param>
/// <param name="Problem">Why a certificate of a listed authority was not accepted.</param>
public sealed record HostKeyCheck(HostKeyStatus Status, IReadOnlyList<KnownHostKey> Expected, KnownHostKey? Entry = null, string? Problem = null);

/// <summary>
/// The contents of known_hosts files (sshd(8)): plain and hashed names, <c>[host]:port</c>, wildcards, negation,
/// <c>@cert-authority</c>, <c>@revoked</c>. An immutable snapshot; see <see cref="KnownHostsFiles"/> for one that follows the files.
/// </summary>
public sealed class KnownHosts
{
    private const int DefaultPort = 22;
    private const int MaxCachedNames = 4096;
    private readonly KnownHostsLine[] _lines;

    // Hashed names cost an HMAC each; a gateway asks for the same few hosts over and over. When it is full, nothing more is kept.
    private readonly ConcurrentDictionary<string, KnownHostsLine[]> _byName = new(StringComparer.Ordinal);

    private KnownHosts(KnownHostsLine[] lines) => _lines = lines;

    public static KnownHosts Empty { get; } = new([]);

    public int Count => _lines.Length;

    /// <summary>Parses one file's contents; lines that cannot be used are skipped and reported.</summary>
    /// <param name="file">The name that <see cref="KnownHostKey.File"/> gives.</param>
    public static KnownHosts Parse(string file, ReadOnlySpan<byte> content, ICollection<LineProblem>? problems = null)
    {
        var parsed = new List<KnownHostsLine>();
        KnownHostsLine.ReadAll(file, content, parsed, problems);
        return new KnownHosts([.. parsed]);
    }

    /// <summary>The lines of several snapshots, in order.</summary>
    public static KnownHosts Combine(IEnumerable<KnownHosts> parts) => new([.. parts.SelectMany(part => part._lines)]);

    /// <summary>
    /// Judges the key that a host presented. Names match in either case; on a port other than 22 the name is <c>[host]:port</c>, and
    /// a line for the plain name is accepted too when it holds this very key (as ssh does).
    /// </summary>
    /// <param name="address">The address behind the name; it only matters for <c>@revoked</c> lines.</param>
    /// <param name="now">Time for the validity of certificates; null: the system's.</param>
    public HostKeyCheck Check(string host, int port, PublicKey key, IPAddress? address = null, DateTimeOffset? now = null)
    {
        HostKeyCheck result = CheckName(NameOf(host, port), host, key, now);
        if (result.Status == HostKeyStatus.Unknown && port != DefaultPort)
        {
            HostKeyCheck plain = CheckName(NameOf(host, DefaultPort), host, key, now);
            if (plain.Status is HostKeyStatus.Trusted or HostKeyStatus.Revoked) result = plain;
        }

        if (address is not null && result.Status != HostKeyStatus.Revoked && FindRevoked(NameOf(address.ToString(), port), key) is { } revoked)
            return new HostKeyCheck(HostKeyStatus.Revoked, [], revoked.ToKey());
        return result;
    }

    /// <summary>
    /// Host key algorithms to put first when connecting, so that a host shows the key that is known rather than a new one. Certificate
    /// algorithms are among them where an authority is listed for the host. Empty when nothing is known.
    /// </summary>
    public IReadOnlyList<string> AlgorithmsFor(string host, int port)
    {
        List<string> algorithms = AlgorithmsForName(NameOf(host, port));
        return algorithms.Count == 0 && port != DefaultPort ? AlgorithmsForName(NameOf(host, DefaultPort)) : algorithms;
    }

    /// <summary>The name known_hosts uses, in lower case: the host, or <c>[host]:port</c>.</summary>
    public static string NameOf(string host, int port)
    {
        string lower = host.ToLowerInvariant();
        return port == DefaultPort ? lower : $"[{lower}]:{port}";
    }

    private KnownHostsLine[] LinesFor(string name)
    {
        if (_byName.TryGetValue(name, out KnownHostsLine[]? lines)) return lines;
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        lines = Array.FindAll(_lines, line => line.Matches(bytes));
        if (_byName.Count < MaxCachedNames) _byName.TryAdd(name, lines);
        return lines;
    }

    private HostKeyCheck CheckName(string name, string host, PublicKey key, DateTimeOffset? now)
    {
        if (FindRevoked(name, key) is { } revoked) return new HostKeyCheck(HostKeyStatus.Revoked, [], revoked.ToKey());
        string? problem = null;
        if (key is Certificate certificate)
        {
            if (FindAuthority(name, certificate) is { } authority)
            {
                problem = certificate.Check(CertificateType.Host, host, now ?? TimeProvider.System.GetUtcNow());
                if (problem is null) return new HostKeyCheck(HostKeyStatus.Trusted, [], authority.ToKey());
            }

            key = certificate.Key;
        }

        return CheckPlain(name, key) with { Problem = problem };
    }

    private HostKeyCheck CheckPlain(string name, PublicKey key)
    {
        List<KnownHostKey>? sameType = null, otherTypes = null;
        foreach (KnownHostsLine line in LinesFor(name))
        {
            if (line.Marker != KnownHostsMarker.None) continue;
            if (line.Holds(key)) return new HostKeyCheck(HostKeyStatus.Trusted, [], line.ToKey());
            if (line.KeyType == key.KeyType) (sameType ??= []).Add(line.ToKey());
            else (otherTypes ??= []).Add(line.ToKey());
        }

        return sameType is null
            ? new HostKeyCheck(HostKeyStatus.Unknown, otherTypes ?? [])
            : new HostKeyCheck(HostKeyStatus.Mismatch, sameType);
    }

    private KnownHostsLine? FindRevoked(string name, PublicKey key)
    {
        var certificate = key as Certificate;
        foreach (KnownHostsLine line in LinesFor(name))
        {
            if (line.Marker != KnownHostsMarker.Revoked) continue;
            bool holds = line.Holds(key) || (certificate is not null && (line.Holds(certificate.Key) || line.Holds(certificate.SignatureKey)));
            if (holds) return line;
        }

        return null;
    }

    private KnownHostsLine? FindAuthority(string name, Certificate certificate)
    {
        foreach (KnownHostsLine line in LinesFor(name))
        {
            if (line.Marker == KnownHostsMarker.CertAuthority && line.Holds(certificate.SignatureKey)) return line;
        }

        return null;
    }

    private List<string> AlgorithmsForName(string name)
    {
        bool authority = false;
        var plain = new List<string>();
        foreach (KnownHostsLine line in LinesFor(name))
        {
            if (line.Marker == KnownHostsMarker.Revoked) continue;
            if (line.Marker == KnownHostsMarker.CertAuthority) authority = true;
            else AddAlgorithms(plain, line.KeyType);
        }

        if (authority) plain.InsertRange(0, KeyTypes.HostCertificateAlgorithms);
        return plain;
    }

    private static void AddAlgorithms(List<string> algorithms, string keyType)
    {
        foreach (string algorithm in keyType == KeyTypes.Rsa ? KeyTypes.RsaAlgorithms : [keyType])
        {
            if (!algorithms.Contains(algorithm)) algorithms.Add(algorithm);
        }
    }
}
