namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Node names, each once, in the order they came.</summary>
internal sealed class NameSet
{
    private List<string> _names = [];
    private HashSet<string>? _members;

    public IReadOnlyList<string> Names => _names;

    private HashSet<string> Members => _members ??= new HashSet<string>(_names, StringComparer.Ordinal);

    /// <summary>A set of names that are known to differ: nothing is hashed until an operation asks for it.</summary>
    public static NameSet OfDistinct(IEnumerable<string> names) => new() { _names = [.. names] };

    public void Add(string name)
    {
        if (Members.Add(name)) _names.Add(name);
    }

    public void Apply(char operation, NameSet other)
    {
        switch (operation)
        {
            case '!':
                Keep(name => !other.Members.Contains(name));
                break;
            case '&':
                Keep(other.Members.Contains);
                break;
            case '^':
                List<string> added = [.. other._names.Where(name => !Members.Contains(name))];
                Keep(name => !other.Members.Contains(name));
                foreach (string name in added) Add(name);
                break;
            default:
                foreach (string name in other._names) Add(name);
                break;
        }
    }

    private void Keep(Func<string, bool> predicate)
    {
        _names = [.. _names.Where(predicate)];
        _members = null;
    }
}
