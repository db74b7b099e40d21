using System.Globalization;

namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>The inside of one pair of brackets: <c>1-5,07-12,20-30/2</c>, and the digits that touch it from outside.</summary>
internal sealed class RangeList
{
    private readonly List<Piece> _pieces;

    private readonly bool _hasStep;

    private RangeList(List<Piece> pieces, bool hasStep = false)
    {
        _pieces = pieces;
        _hasStep = hasStep;
    }

    /// <summary>As written, without sign and padding resolved.</summary>
    private readonly record struct Piece(string Begin, string End, bool IsRange, bool BeginNegative, bool EndNegative, long Step);

    public static RangeList Parse(string text) => new([.. text.Split(',').Select(ParsePiece)], text.Contains('/', StringComparison.Ordinal));

    /// <summary>Digits right behind the bracket belong to the numbers: [1-3]0 is 10, 20, 30.</summary>
    public RangeList Followed(string digits)
    {
        if (digits.Length == 0) return this;
        if (_hasStep) throw new NodeSetException("digits cannot follow a range with a step");
        if (digits.Length > 17 || _pieces.Any(p => p.BeginNegative)) throw new NodeSetException("digits cannot follow a negative range, nor can there be so many");
        long step = long.Parse("1" + new string('0', digits.Length), CultureInfo.InvariantCulture);
        return new RangeList([.. _pieces.Select(p => p.IsRange
            ? p with { Begin = p.Begin + digits, End = p.End + digits, Step = step }
            : Single(p.Begin + digits))]);
    }

    /// <summary>Digits right before the bracket belong to the numbers. As in ClusterShell they are put before both ends of each
    /// run of numbers, so that n1[8-12] is n18 to n112.</summary>
    public RangeList Preceded(string digits, int limit)
    {
        if (digits.Length == 0) return this;
        List<(string First, string Last)> runs = Runs(Expand(limit));
        return new RangeList([.. runs.Select(r => r.First == r.Last
            ? Single(digits + r.First)
            : new Piece(digits + r.First, digits + r.Last, IsRange: true, BeginNegative: false, EndNegative: false, 1))]);
    }

    /// <summary>The numbers as text, padding included, in the order written, each once.</summary>
    public List<string> Expand(int limit)
    {
        List<string> numbers = [];
        HashSet<string>? seen = _pieces.Count > 1 ? new HashSet<string>(StringComparer.Ordinal) : null;
        foreach (Piece piece in _pieces)
        {
            (long start, long stop, int pad) = Bounds(piece);
            if ((stop - start) / piece.Step >= limit - numbers.Count) throw new NodeSetException($"more than {limit} names");
            for (long n = start; n <= stop; n += piece.Step)
            {
                string number = pad == 0 ? n.ToString(CultureInfo.InvariantCulture) : n.ToString(CultureInfo.InvariantCulture).PadLeft(pad, '0');
                if (seen is null || seen.Add(number)) numbers.Add(number);
            }
        }

        return numbers;
    }

    private static Piece Single(string number) => new(number, number, IsRange: false, BeginNegative: false, EndNegative: false, 1);

    private static Piece ParsePiece(string text)
    {
        string piece = text.Trim();
        string body = piece;
        long step = 1;
        int slash = piece.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            body = piece[..slash].Trim();
            if (!long.TryParse(piece.AsSpan(slash + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out step) || step is < 1 or > 1_000_000_000) throw Bad(piece, "a step of at least 1 is expected behind '/'");
        }

        bool beginNegative = body.StartsWith('-');
        if (beginNegative) body = body[1..].TrimStart();
        int dash = body.IndexOf('-', StringComparison.Ordinal);
        string begin = (dash < 0 ? body : body[..dash]).Trim();
        if (!IsNumber(begin)) throw Bad(piece, "a number is expected");
        if (dash < 0)
        {
            if (step != 1) throw Bad(piece, "a step needs a range");
            return new Piece(begin, begin, IsRange: false, beginNegative, beginNegative, 1);
        }

        string end = body[(dash + 1)..].Trim();
        bool endNegative = end.StartsWith('-');
        if (endNegative) end = end[1..].TrimStart();
        if (!IsNumber(end) || (endNegative && !beginNegative)) throw Bad(piece, "a number is expected behind '-'");
        return new Piece(begin, end, IsRange: true, beginNegative, endNegative, step);
    }

    private static (long Start, long Stop, int Pad) Bounds(Piece piece)
    {
        long start = Number(piece.Begin), stop = Number(piece.End);
        bool beginPadded = piece.Begin.Length > 1 && piece.Begin[0] == '0';
        // An end of nothing but zeros is not padded.
        bool endPadded = piece.End[0] == '0' && stop != 0;
        if ((beginPadded || endPadded) && piece.Begin.Length != piece.End.Length) throw Bad($"{piece.Begin}-{piece.End}", "both ends must be padded to the same length");
        if (beginPadded && piece.BeginNegative) throw Bad(piece.Begin, "negative numbers cannot be padded");
        if (piece.BeginNegative) start = -start;
        if (piece.EndNegative) stop = -stop;
        if (start > stop) throw Bad($"{piece.Begin}-{piece.End}", "the end is before the beginning");
        return (start, stop, beginPadded ? piece.Begin.Length : 0);
    }

    // Runs of successive numbers with the same padding, by length and value.
    private static List<(string First, string Last)> Runs(List<string> numbers)
    {
        if (numbers.Any(n => n[0] == '-')) throw new NodeSetException("digits cannot precede a negative range");
        numbers.Sort((a, b) => a.Length != b.Length ? a.Length - b.Length : string.CompareOrdinal(a, b));
        List<(string First, string Last)> runs = [];
        foreach (string number in numbers)
        {
            if (runs.Count > 0 && Follows(runs[^1].First, runs[^1].Last, number)) runs[^1] = (runs[^1].First, number);
            else runs.Add((number, number));
        }

        return runs;
    }

    private static bool Follows(string first, string last, string next)
    {
        int pad = first.Length > 1 && first[0] == '0' ? first.Length : 0;
        return next == (Number(last) + 1).ToString(CultureInfo.InvariantCulture).PadLeft(pad, '0');
    }

    private static bool IsNumber(string text) => text.Length is > 0 and <= 18 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value < 1_000_000_000_000_000_000
            ? value
            : throw Bad(text, "the number is too large");

    private static NodeSetException Bad(string piece, string why) => new(piece.Length == 0 ? "an empty range" : $"bad range '{piece}': {why}");
}
