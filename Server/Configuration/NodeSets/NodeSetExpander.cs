using System.Buffers;

namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Expands node sets with the grammar of ClusterShell: ranges, <c>,</c> union, <c>!</c> difference, <c>&amp;</c> intersection,
/// <c>^</c> symmetric difference, all from left to right, groups and wildcards. Names come in the order written (ClusterShell sorts them).</summary>
internal sealed class NodeSetExpander(GroupResolver groups, int limit)
{
    /// <summary>Names of all expansions of one expander together, so that a file cannot ask for more.</summary>
    public const int MaxNames = 2_000_000;

    private const int MaxGroupDepth = 16;
    private const int MaxOperands = 100_000;

    private static readonly SearchValues<char> Special = SearchValues.Create("[]@,!&^*? \t");
    private static readonly SearchValues<char> OperatorOrBracket = SearchValues.Create(",!&^[");

    private readonly int _limit = limit;
    private int _left = limit;
    private long _work = 100L * limit;

    public NodeSetExpander(GroupResolver groups)
        : this(groups, MaxNames)
    {
    }

    public bool TryExpand(string text, out IReadOnlyList<string> names, out string error)
    {
        error = "";
        names = [];
        try
        {
            names = text.Length > 0 && text.AsSpan().IndexOfAny(Special) < 0 ? [text] : Evaluate(text, null, 0).Names;
            if (names.Count == 0) throw new NodeSetException("nothing is left in the set");
            return true;
        }
        catch (NodeSetException e)
        {
            error = e.Message;
            return false;
        }
    }

    private NameSet Evaluate(string text, string? source, int depth)
    {
        if (depth > MaxGroupDepth) throw new NodeSetException($"groups refer to each other more than {MaxGroupDepth} deep");
        NameSet result = new();
        char operation = ',';
        int position = 0, operands = 0;
        string all = text.Trim();
        while (true)
        {
            int end = OperandEnd(all, position);
            string operand = all[position..end].Trim();
            if (operand.Length == 0) throw new NodeSetException("an operand is missing");
            if (++operands > MaxOperands) throw new NodeSetException($"more than {MaxOperands} operands");
            if (operation != ',' && (_work -= result.Names.Count) < 0) throw new NodeSetException("too many operations on large sets");
            NameSet next = Operand(operand, source, depth);
            if (operands == 1) result = next;
            else result.Apply(operation, next);
            if (end == all.Length) return result;
            operation = all[end];
            position = end + 1;
        }
    }

    // Operators inside brackets are no operators.
    private static int OperandEnd(string text, int position)
    {
        while (true)
        {
            int next = text.AsSpan(position).IndexOfAny(OperatorOrBracket);
            if (next < 0) return text.Length;
            position += next;
            if (text[position] != '[') return position;
            position = text.IndexOf(']', position);
            if (position < 0) throw new NodeSetException("a closing bracket is missing");
        }
    }

    private NameSet Operand(string text, string? source, int depth)
    {
        NodePattern pattern = NodePattern.Parse(text, _left);
        if (!pattern.FirstText.StartsWith('@')) return pattern.HasWildcard ? Matching(pattern, source, depth) : Plain(pattern);
        NameSet names = new();
        foreach (string name in pattern.Expand(_left))
        {
            if (Group(name, source, out string? inner) is { Length: > 0 } members)
            {
                names.Apply(',', Evaluate(members, inner, depth + 1));
            }
        }

        return names;
    }

    private NameSet Plain(NodePattern pattern)
    {
        NameSet names = NameSet.OfDistinct(pattern.Expand(_left));
        Charge(names.Names.Count);
        return names;
    }

    // @group, @source:group, @* and @source:* (all nodes), @@source (the names of the groups).
    private string Group(string name, string? source, out string? inner)
    {
        string group = name[1..];
        inner = source;
        if (group.StartsWith('@')) return string.Join(',', groups.Names(group.Length > 1 ? group[1..] : source));
        int colon = group.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            inner = group[..colon];
            group = group[(colon + 1)..];
        }

        if (group.Length == 0) throw new NodeSetException("the name of a group is missing");
        return group == "*" ? groups.All(inner) : groups.Members(group, inner);
    }

    private NameSet Matching(NodePattern pattern, string? source, int depth)
    {
        NameSet result = new();
        string all = groups.All(source);
        if (all.Length == 0) return result;
        IReadOnlyList<string> nodes = Evaluate(all, source, depth + 1).Names;
        foreach (string mask in pattern.Expand(_left))
        {
            Charge(1 + (nodes.Count / 100));
            foreach (string node in nodes)
            {
                if (Wildcard.Matches(mask, node)) result.Add(node);
            }
        }

        return result;
    }

    private void Charge(int names)
    {
        _left -= names;
        if (_left < 0) throw new NodeSetException($"more than {_limit} names");
    }
}
