namespace SshGateway.Server.Configuration;

/// <summary>Yes, no, or a list of patterns. As in sshd, a list permits what one of its patterns matches unless a pattern
/// that begins with <c>!</c> matches too.</summary>
internal sealed class PermitRule
{
    public static readonly PermitRule Allow = new(verdict: true, []);
    public static readonly PermitRule Deny = new(verdict: false, []);

    private readonly bool _verdict;
    private readonly ForwardPattern[] _patterns;

    private PermitRule(bool verdict, ForwardPattern[] patterns)
    {
        _verdict = verdict;
        _patterns = patterns;
    }

    /// <summary>The patterns as written; empty for a plain yes or no.</summary>
    public IEnumerable<string> Patterns => _patterns.Select(p => p.Text);

    /// <summary>True when every request is permitted, without a look at what it names.</summary>
    public bool IsUnconditional => _verdict && _patterns.Length == 0;

    /// <summary>False when nothing can be permitted.</summary>
    public bool AllowsAny => _verdict;

    public static PermitRule Of(IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0) return Deny;
        return new PermitRule(verdict: true, [.. patterns.Select(ForwardPattern.Parse)]);
    }

    /// <summary>May a command, subsystem or socket path of this name be used?</summary>
    public bool AllowsName(string name) => Decide(p => p.MatchesName(name));

    /// <summary>May a forward to (or a listener on) this host and port be made? <c>{dest}</c> stands for the hosts of <paramref name="pool"/>.</summary>
    public bool Allows(string host, int port, IReadOnlyList<HostEndpoint>? pool = null) =>
        Decide(p => p.MatchesDestination(host, port, pool));

    public override string ToString() => _patterns.Length == 0 ? (_verdict ? "true" : "false") : $"[{string.Join(", ", Patterns)}]";

    private bool Decide(Func<ForwardPattern, bool> matches)
    {
        if (_patterns.Length == 0) return _verdict;
        bool permitted = false;
        foreach (ForwardPattern pattern in _patterns)
        {
            if (pattern.Negated)
            {
                if (matches(pattern)) return false;
            }
            else
            {
                permitted = permitted || matches(pattern);
            }
        }

        return permitted;
    }
}
