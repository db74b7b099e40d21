using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>A usable line of authorized_keys.</summary>
public sealed record AuthorizedKeyEntry(int Line, PublicKey Key, AuthorizedKeyOptions Options, string Comment);

/// <summary>A line of a file that could not be used, and why.</summary>
public readonly record struct LineProblem(int Line, string Reason);

/// <summary>
/// Reads authorized_keys files (sshd(8)). A bad line is skipped and reported, never fatal. Looking a key up costs one pass
/// over the bytes; only lines that hold the key are parsed.
/// </summary>
public static class AuthorizedKeys
{
    /// <summary>Longer lines are skipped. The longest RSA key needs 2.8 KiB.</summary>
    public const int MaxLineLength = 16 * 1024;

    /// <summary>
    /// The lines that allow <paramref name="key"/> in, in the file's order (sshd tries them in turn: the first whose options
    /// permit the login counts). Lines with <c>cert-authority</c> are not among them.
    /// </summary>
    public static IReadOnlyList<AuthorizedKeyEntry> Find(ReadOnlySpan<byte> file, PublicKey key, ICollection<LineProblem>? problems = null) =>
        Search(file, key, authorities: false, problems);

    /// <summary>The <c>cert-authority</c> lines of the key that signed a certificate.</summary>
    public static IReadOnlyList<AuthorizedKeyEntry> FindAuthority(
        ReadOnlySpan<byte> file, PublicKey signatureKey, ICollection<LineProblem>? problems = null) =>
        Search(file, signatureKey, authorities: true, problems);

    /// <summary>Every usable line.</summary>
    public static IReadOnlyList<AuthorizedKeyEntry> Parse(ReadOnlySpan<byte> file, ICollection<LineProblem>? problems = null)
    {
        var entries = new List<AuthorizedKeyEntry>();
        var lines = new TextLines(file);
        while (lines.Next(out ReadOnlySpan<byte> line))
        {
            if (line.Length > MaxLineLength) problems?.Add(TooLong(lines.Number));
            else if (ReadLine(line, lines.Number, known: null, default, problems) is { } entry) entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Reads an option list alone, as it stands before a principal too; false says what is wrong with it.</summary>
    public static bool TryParseOptions(
        ReadOnlySpan<byte> list, [NotNullWhen(true)] out AuthorizedKeyOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = AuthorizedKeyOptionsParser.Parse(list, out problem);
        problem = options is null ? problem ?? "the options are not valid" : null;
        return options is not null;
    }

    private static List<AuthorizedKeyEntry> Search(ReadOnlySpan<byte> file, PublicKey key, bool authorities, ICollection<LineProblem>? problems)
    {
        var entries = new List<AuthorizedKeyEntry>();
        byte[] base64 = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(key.Blob.Length));
        try
        {
            Base64.EncodeToUtf8(key.Blob.Span, base64, out _, out int size);
            ReadOnlySpan<byte> wanted = base64.AsSpan(0, size);
            var lines = new TextLines(file);
            while (lines.Next(out ReadOnlySpan<byte> line))
            {
                if (line.Length > MaxLineLength)
                {
                    problems?.Add(TooLong(lines.Number));
                    continue;
                }

                if (line.IndexOf(wanted) < 0) continue;
                AuthorizedKeyEntry? entry = ReadLine(line, lines.Number, key, wanted, problems);
                if (entry is not null && entry.Key.Equals(key) && entry.Options.CertAuthority == authorities) entries.Add(entry);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(base64);
        }

        return entries;
    }

    private static AuthorizedKeyEntry? ReadLine(
        ReadOnlySpan<byte> line, int number, PublicKey? known, ReadOnlySpan<byte> knownBase64, ICollection<LineProblem>? problems)
    {
        ReadOnlySpan<byte> rest = line, options = default;
        ReadOnlySpan<byte> type = PublicKeyFormat.NextWord(ref rest);
        if (!KeyTypes.IsKnown(type))
        {
            rest = line;
            options = NextQuotedWord(ref rest);
            type = PublicKeyFormat.NextWord(ref rest);
        }

        ReadOnlySpan<byte> base64 = PublicKeyFormat.NextWord(ref rest);
        string? problem = null;
        // The key that is looked for was parsed already, once per login.
        PublicKey? key = known is not null && Ascii.Equals(type, known.KeyType) && base64.SequenceEqual(knownBase64) ? known : null;
        if (!KeyTypes.IsKnown(type)) problem = "no key of a known type";
        else if ((key is not null || PublicKeyFormat.TryDecode(type, base64, out key, out problem))
            && AuthorizedKeyOptionsParser.Parse(options, out problem) is { } parsed)
            return new AuthorizedKeyEntry(number, key, parsed, Encoding.UTF8.GetString(rest.TrimEnd(" \t"u8)));
        problems?.Add(new LineProblem(number, problem!));
        return null;
    }

    /// <summary>Takes the bytes up to the next blank outside double quotes.</summary>
    private static ReadOnlySpan<byte> NextQuotedWord(scoped ref ReadOnlySpan<byte> rest)
    {
        bool quoted = false;
        int end = 0;
        for (; end < rest.Length && (quoted || rest[end] is not ((byte)' ' or (byte)'\t')); end++)
        {
            if (rest[end] == '\\' && end + 1 < rest.Length && rest[end + 1] == '"') end++;
            else if (rest[end] == '"') quoted = !quoted;
        }

        ReadOnlySpan<byte> word = rest[..Math.Min(end, rest.Length)];
        rest = rest[word.Length..].TrimStart(" \t"u8);
        return word;
    }

    private static LineProblem TooLong(int line) => new(line, $"longer than {MaxLineLength} bytes");
}
