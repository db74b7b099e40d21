namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>One operand: a name with any number of bracketed ranges, such as <c>r[1-2]n[01-16]-ib</c>.</summary>
internal sealed class NodePattern
{
    private readonly List<string> _texts = [];
    private readonly List<RangeList> _ranges = [];

    public string FirstText => _texts[0];

    public bool HasWildcard => _texts.Exists(t => t.AsSpan().ContainsAny('*', '?'));

    public static NodePattern Parse(string text, int limit)
    {
        NodePattern pattern = new();
        string rest = text;
        int open = rest.IndexOf('[', StringComparison.Ordinal);
        while (open >= 0)
        {
            int close = rest.IndexOf(']', open);
            if (close < 0) throw new NodeSetException("a closing bracket is missing");
            string before = rest[..open];
            RangeList range = RangeList.Parse(rest[(open + 1)..close]);
            rest = rest[(close + 1)..];
            string trimmed = rest.TrimStart(Digits);
            range = range.Followed(rest[..^trimmed.Length]);
            rest = trimmed;
            string prefix = before.TrimEnd(Digits);
            pattern._ranges.Add(range.Preceded(before[prefix.Length..], limit));
            pattern.AddText(prefix);
            open = rest.IndexOf('[', StringComparison.Ordinal);
            if (open == 0) throw new NodeSetException("brackets cannot follow each other");
        }

        pattern.AddText(rest);
        return pattern;
    }

    public IEnumerable<string> Expand(int limit)
    {
        if (_ranges.Count == 0) return [_texts[0]];
        List<string>[] numbers = new List<string>[_ranges.Count];
        long count = 1;
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = _ranges[i].Expand(limit);
            count *= numbers[i].Count;
            if (count > limit) throw new NodeSetException($"more than {limit} names");
        }

        return Combine(numbers);
    }

    private static char[] Digits => ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

    // The last dimension runs fastest.
    private IEnumerable<string> Combine(List<string>[] numbers)
    {
        int[] at = new int[numbers.Length];
        string[] parts = new string[(2 * numbers.Length) + 1];
        for (int i = 0; i < _texts.Count; i++) parts[2 * i] = _texts[i];
        while (true)
        {
            for (int i = 0; i < at.Length; i++) parts[(2 * i) + 1] = numbers[i][at[i]];
            yield return string.Concat(parts);
            int dimension = at.Length - 1;
            while (dimension >= 0 && ++at[dimension] == numbers[dimension].Count) at[dimension--] = 0;
            if (dimension < 0) yield break;
        }
    }

    private void AddText(string text)
    {
        if (text.Contains(']', StringComparison.Ordinal)) throw new NodeSetException("a closing bracket without an opening one");
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c)) throw new NodeSetException("blanks are not possible inside a name");
        }

        _texts.Add(text);
    }
}
