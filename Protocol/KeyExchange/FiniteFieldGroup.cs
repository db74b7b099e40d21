using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>A prime modulus and a generator, as magnitudes: big endian, without leading zeros. Immutable.</summary>
internal sealed class FiniteFieldGroup
{
    /// <summary>Below this Diffie-Hellman is not safe any more.</summary>
    internal const int MinBits = 2048;

    /// <summary>Above this a single exchange costs the better part of a second.</summary>
    internal const int MaxBits = 8192;

    private static readonly Lazy<FiniteFieldGroup> LazyGroup14 = new(() => FromRfc3526(2048), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<FiniteFieldGroup> LazyGroup15 = new(() => FromRfc3526(3072), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<FiniteFieldGroup> LazyGroup16 = new(() => FromRfc3526(4096), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<FiniteFieldGroup> LazyGroup17 = new(() => FromRfc3526(6144), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<FiniteFieldGroup> LazyGroup18 = new(() => FromRfc3526(8192), LazyThreadSafetyMode.PublicationOnly);

    private readonly byte[] _prime;
    private readonly byte[] _generator;

    /// <summary>
    /// A group that a peer or a file names. Refused (key exchange failed) unless the modulus is odd and of a supported size and the
    /// generator is in [2, p−2]. That the modulus is prime is the server's word, as in RFC 4419.
    /// </summary>
    internal FiniteFieldGroup(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator)
    {
        _prime = prime.TrimStart((byte)0).ToArray();
        _generator = generator.TrimStart((byte)0).ToArray();
        Bits = BitLength(_prime);
        if (Bits is < MinBits or > MaxBits || (_prime[^1] & 1) == 0 || !IsInRange(_generator))
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the key exchange group is not valid");
    }

    // The constants of RFC 3526; libcrypto carries them.
    internal static FiniteFieldGroup Group14 => LazyGroup14.Value;

    internal static FiniteFieldGroup Group15 => LazyGroup15.Value;

    internal static FiniteFieldGroup Group16 => LazyGroup16.Value;

    internal static FiniteFieldGroup Group17 => LazyGroup17.Value;

    internal static FiniteFieldGroup Group18 => LazyGroup18.Value;

    internal int Bits { get; }

    internal ReadOnlySpan<byte> Prime => _prime;

    internal ReadOnlySpan<byte> Generator => _generator;

    /// <summary>Whether a magnitude without leading zeros is in [2, p−2] (RFC 4253 §8 allows 1 and p−1, which give the secret away).</summary>
    internal bool IsInRange(ReadOnlySpan<byte> magnitude)
    {
        if (magnitude.IsEmpty || (magnitude.Length == 1 && magnitude[0] < 2)) return false;
        if (magnitude.Length != _prime.Length) return magnitude.Length < _prime.Length;

        // p is odd, so p−1 differs from it in the last bit only.
        int order = magnitude[..^1].SequenceCompareTo(_prime.AsSpan(0, _prime.Length - 1));
        return order < 0 || (order == 0 && magnitude[^1] < _prime[^1] - 1);
    }

    private static FiniteFieldGroup FromRfc3526(int bits) => new(LibCrypto.Rfc3526Prime(bits), [2]);

    private static int BitLength(ReadOnlySpan<byte> magnitude) =>
        magnitude.IsEmpty ? 0 : (magnitude.Length * 8) - byte.LeadingZeroCount(magnitude[0]);
}
