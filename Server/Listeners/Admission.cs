using System.Net;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Listeners;

/// <summary>
/// Limits the connections that have not authenticated yet: random early drop between <c>begin</c> and <c>full</c> as sshd's
/// MaxStartups, and a cap per source address.
/// </summary>
internal sealed class Admission(LimitsConfiguration limits, Func<int, int> random)
{
    /// <summary>Those of the configuration in force.</summary>
    public LimitsConfiguration Limits { get; set; } = limits;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _perSource = [];
    private int _total;

    public int Unauthenticated
    {
        get
        {
            lock (_lock) return _total;
        }
    }

    /// <summary>Counts a connection in, or says why not. Whoever was counted in must be counted out by <see cref="Leave"/>, once.</summary>
    public bool TryEnter(IPAddress source, out string refusal)
    {
        lock (_lock)
        {
            int ofSource = _perSource.GetValueOrDefault(source);
            if (Limits.PerSource > 0 && ofSource >= Limits.PerSource)
            {
                refusal = "too many unauthenticated connections from this address";
                return false;
            }

            if (IsDropped())
            {
                refusal = "too many unauthenticated connections";
                return false;
            }

            _perSource[source] = ofSource + 1;
            _total++;
            refusal = "";
            return true;
        }
    }

    public void Leave(IPAddress source)
    {
        lock (_lock)
        {
            _total--;
            int left = _perSource.GetValueOrDefault(source) - 1;
            if (left > 0) _perSource[source] = left;
            else _perSource.Remove(source);
        }
    }

    /// <summary>From begin on, rate percent are dropped; the share grows linearly to all of them at full.</summary>
    private bool IsDropped()
    {
        StartupLimit startups = Limits.MaxStartups;
        if (_total < startups.Begin) return false;
        if (_total >= startups.Full || startups.Rate >= 100) return true;
        int percent = startups.Rate + ((100 - startups.Rate) * (_total - startups.Begin) / Math.Max(1, startups.Full - startups.Begin));
        return random(100) < percent;
    }
}
