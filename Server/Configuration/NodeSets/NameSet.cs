namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Node names, each once, in the order they came.</summary>
internal sealed class NameSet
{
    private List<string> _names = [];
    private HashSet<string> _members = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Names => _names;

    public void Add(string name)
    {
        if (_members.Add(name)) _names.Add(name);
    }

    public void Apply(char operation, NameSet other)
    {
        switch (operation)
        {
            case '!':
                Keep(name => !other._members.Contains(name));
                break;
            case '&':
                Keep(other._members.Contains);
                break;
            case '^':
                List<string> added = [.. other._names.Where(name => !_members.Contains(name))];
                Keep(name => !other._members.Contains(name));
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
        _members = new HashSet<string>(_names, StringComparer.Ordinal);
    }
}
