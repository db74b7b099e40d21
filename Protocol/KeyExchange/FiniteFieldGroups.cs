using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// The groups a server chooses from in a group exchange (RFC 4419): those of a moduli file as sshd reads it (moduli(5)), or
/// those of RFC 3526 where there is none. Immutable.
/// </summary>
internal sealed class FiniteFieldGroups
{
    private const int MaxLineLength = 4096;
    private const int MaxGroups = 4096;
    private const uint SafePrime = 2;
    private const uint Composite = 1;

    private const string ModuliFile = "/etc/ssh/moduli";

    private static readonly Lazy<FiniteFieldGroups> MachineGroups = new(static () => Load(ModuliFile));

    private readonly FiniteFieldGroup[] _groups;

    private FiniteFieldGroups(FiniteFieldGroup[] groups) => _groups = groups;

    /// <summary>Groups 14 to 18 of RFC 3526.</summary>
    internal static FiniteFieldGroups BuiltIn { get; } = new([]);

    /// <summary>Those of the machine's moduli file, read when a client first asks for a group.</summary>
    internal static FiniteFieldGroups OfThisMachine => MachineGroups.Value;

    internal int Count => _groups.Length;

    /// <summary>
    /// Reads a moduli file. Lines that are malformed, or whose modulus is not a tested safe prime of 2048 to 8192 bits, are passed over as in
    /// sshd. A file that is missing or cannot be read gives <see cref="BuiltIn"/>.
    /// </summary>
    internal static FiniteFieldGroups Load(string path)
    {
        try
        {
            using StreamReader reader = File.OpenText(path);
            return Parse(reader);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return BuiltIn;
        }
    }

    internal static FiniteFieldGroups Parse(TextReader reader)
    {
        var groups = new List<FiniteFieldGroup>();
        while (groups.Count < MaxGroups && reader.ReadLine() is { } line)
        {
            if (ParseLine(line) is { } group) groups.Add(group);
        }

        return groups.Count == 0 ? BuiltIn : new FiniteFieldGroups([.. groups]);
    }

    /// <summary>
    /// The group for a request of at least <paramref name="min"/>, preferably <paramref name="preferred"/> and at most
    /// <paramref name="max"/> bits: one of the smallest that reach the preferred size, else one of the largest, at random among
    /// equals. Falls back to RFC 3526; null if no group is within the bounds.
    /// </summary>
    internal FiniteFieldGroup? Select(uint min, uint preferred, uint max)
    {
        if (min > max) return null;
        return SelectFrom(_groups, min, preferred, max) ?? SelectFrom(
            [FiniteFieldGroup.Group14, FiniteFieldGroup.Group15, FiniteFieldGroup.Group16, FiniteFieldGroup.Group17, FiniteFieldGroup.Group18],
            min,
            preferred,
            max);
    }

    private static FiniteFieldGroup? SelectFrom(ReadOnlySpan<FiniteFieldGroup> groups, uint min, uint preferred, uint max)
    {
        uint best = 0;
        int count = 0;
        foreach (FiniteFieldGroup group in groups)
        {
            uint bits = (uint)group.Bits;
            if (bits < min || bits > max) continue;
            if (best == 0 || (bits >= preferred && bits < best) || (bits > best && best < preferred)) (best, count) = (bits, 0);
            if (bits == best) count++;
        }

        if (count == 0) return null;
        int chosen = RandomNumberGenerator.GetInt32(count);
        foreach (FiniteFieldGroup group in groups)
        {
            if ((uint)group.Bits == best && chosen-- == 0) return group;
        }

        return null;
    }

    // time  type  tests  tries  size  generator  modulus — size is one less than the bits of the modulus, the last two are hexadecimal.
    private static FiniteFieldGroup? ParseLine(string line)
    {
        ReadOnlySpan<char> text = line.AsSpan().Trim();
        if (text.IsEmpty || text[0] == '#' || text.Length > MaxLineLength) return null;
        Span<Range> fields = stackalloc Range[8];
        if (text.SplitAny(fields, " \t", StringSplitOptions.RemoveEmptyEntries) != 7) return null;
        if (!TryParse(text[fields[1]], out uint type) || type != SafePrime) return null;
        if (!TryParse(text[fields[2]], out uint tests) || tests == 0 || (tests & Composite) != 0) return null;
        if (!TryParse(text[fields[4]], out uint size)) return null;
        Span<byte> generator = stackalloc byte[8];
        Span<byte> modulus = stackalloc byte[FiniteFieldGroup.MaxBits / 8];
        if (!TryParseHex(text[fields[5]], ref generator) || !TryParseHex(text[fields[6]], ref modulus)) return null;
        try
        {
            var group = new FiniteFieldGroup(modulus, generator);
            return (uint)group.Bits == size + 1 ? group : null;
        }
        catch (SshProtocolException)
        {
            return null;
        }
    }

    private static bool TryParse(ReadOnlySpan<char> text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryParseHex(ReadOnlySpan<char> text, ref Span<byte> number)
    {
        if ((text.Length + 1) / 2 > number.Length) return false;
        Span<char> even = stackalloc char[(FiniteFieldGroup.MaxBits / 4) + 2];
        even[0] = '0';
        text.CopyTo(even[1..]);
        int odd = text.Length & 1;
        even = even.Slice(1 - odd, text.Length + odd);
        OperationStatus status = Convert.FromHexString(even, number, out _, out int written);
        number = number[..written];
        return status == OperationStatus.Done && written > 0;
    }
}
