using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SshGateway.Protocol.Keys.Trust;

internal enum KnownHostsMarker
{
    None,
    CertAuthority,
    Revoked,
}

/// <summary>One line of known_hosts: marker, names (or the hash of one), key.</summary>
internal sealed class KnownHostsLine
{
    // A line may list many names; more than this is no known_hosts line.
    private const int MaxLineLength = 64 * 1024;
    private const int HashSize = HMACSHA1.HashSizeInBytes;
    private readonly byte[] _names;
    private readonly byte[]? _salt;
    private readonly byte[] _key;
    private readonly string _file;
    private readonly int _number;

    private KnownHostsLine(string file, int number, KnownHostsMarker marker, byte[] names, byte[]? salt, string keyType, byte[] key)
    {
        _file = file;
        _number = number;
        Marker = marker;
        _names = names;
        _salt = salt;
        KeyType = keyType;
        _key = key;
    }

    public KnownHostsMarker Marker { get; }

    public string KeyType { get; }

    public static void ReadAll(string file, ReadOnlySpan<byte> content, List<KnownHostsLine> parsed, ICollection<LineProblem>? problems)
    {
        var lines = new TextLines(content);
        while (lines.Next(out ReadOnlySpan<byte> line))
        {
            if (Read(file, lines.Number, line, out string? problem) is { } read) parsed.Add(read);
            else problems?.Add(new LineProblem(lines.Number, problem!));
        }
    }

    public bool Holds(PublicKey key) => key.Blob.Span.SequenceEqual(_key);

    /// <param name="name">As <see cref="KnownHosts.NameOf"/> makes it, in lower case.</param>
    public bool Matches(ReadOnlySpan<byte> name)
    {
        if (_salt is null) return Wildcard.MatchesList<byte>(_names, name, out _);
        Span<byte> hash = stackalloc byte[HashSize];
        Hash(_salt, name, hash);
        return hash.SequenceEqual(_names);
    }

    public KnownHostKey ToKey() => new(_file, _number, KeyType, PublicKey.FingerprintOf(_key));

    /// <summary>The hashed form of a name: <c>|1|salt|hash</c>.</summary>
    public static string HashName(ReadOnlySpan<byte> name)
    {
        Span<byte> salt = stackalloc byte[HashSize], hash = stackalloc byte[HashSize];
        RandomNumberGenerator.Fill(salt);
        Hash(salt, name, hash);
        return $"|1|{Convert.ToBase64String(salt)}|{Convert.ToBase64String(hash)}";
    }

    // The format is fixed; SHA-1 only hides names here.
#pragma warning disable CA5350
    private static void Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> name, Span<byte> hash) => HMACSHA1.HashData(salt, name, hash);
#pragma warning restore CA5350

    private static KnownHostsLine? Read(string file, int number, ReadOnlySpan<byte> line, out string? problem)
    {
        problem = line.Length > MaxLineLength ? $"longer than {MaxLineLength} bytes" : null;
        if (problem is not null) return null;
        ReadOnlySpan<byte> rest = line;
        ReadOnlySpan<byte> names = PublicKeyFormat.NextWord(ref rest);
        var marker = KnownHostsMarker.None;
        if (names[0] == '@')
        {
            if (names.SequenceEqual("@cert-authority"u8)) marker = KnownHostsMarker.CertAuthority;
            else if (names.SequenceEqual("@revoked"u8)) marker = KnownHostsMarker.Revoked;
            else problem = "unknown marker";
            names = PublicKeyFormat.NextWord(ref rest);
        }

        ReadOnlySpan<byte> type = PublicKeyFormat.NextWord(ref rest), base64 = PublicKeyFormat.NextWord(ref rest);
        byte[]? salt = null;
        byte[] hashOrNames = names.ToArray();
        if (problem is null && names.StartsWith("|"u8) && !TryReadHash(names, out salt, out hashOrNames)) problem = "the hashed name is not valid";
        if (problem is null && !KeyTypes.IsKnown(type)) problem = "no key of a known type";
        if (problem is not null || !PublicKeyFormat.TryDecodeBlob(type, base64, out byte[]? key, out problem)) return null;
        return new KnownHostsLine(file, number, marker, hashOrNames, salt, KeyTypes.Intern(type), key);
    }

    private static bool TryReadHash(ReadOnlySpan<byte> names, out byte[]? salt, out byte[] hash)
    {
        salt = null;
        hash = [];
        if (!names.StartsWith("|1|"u8)) return false;
        ReadOnlySpan<byte> rest = names[3..];
        int bar = rest.IndexOf((byte)'|');
        if (bar < 0) return false;
        salt = Decode(rest[..bar]);
        hash = Decode(rest[(bar + 1)..]) ?? [];
        return salt is not null && hash.Length == HashSize;
    }

    private static byte[]? Decode(ReadOnlySpan<byte> base64)
    {
        Span<byte> decoded = stackalloc byte[HashSize + 1];
        if (base64.Length > 28 || Base64.DecodeFromUtf8(base64, decoded, out _, out int size) != System.Buffers.OperationStatus.Done) return null;
        return size == HashSize ? decoded[..size].ToArray() : null;
    }
}
