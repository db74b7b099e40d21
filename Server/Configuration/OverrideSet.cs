namespace SshGateway.Server.Configuration;

/// <summary>A set of override numbers, compared by content.</summary>
internal sealed class OverrideSet(int count) : IEquatable<OverrideSet>
{
    private readonly ulong[] _bits = new ulong[(count + 63) / 64];

    public bool IsEmpty => !_bits.AsSpan().ContainsAnyExcept(0ul);

    public bool Contains(int number) => (_bits[number >> 6] & (1ul << (number & 63))) != 0;

    public void Add(int number) => _bits[number >> 6] |= 1ul << (number & 63);

    public bool Equals(OverrideSet? other) => other is not null && _bits.AsSpan().SequenceEqual(other._bits);

    public override bool Equals(object? obj) => Equals(obj as OverrideSet);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (ulong word in _bits) hash.Add(word);
        return hash.ToHashCode();
    }
}
