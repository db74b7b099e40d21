using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>
/// Orders candidates by load, and by chance where it is equal. Of a large pool only the best are put in order: a login tries a few
/// hosts and never thousands, and this runs inside the store's transaction.
/// </summary>
internal static class BestFirst
{
    /// <summary>So many of the hosts that are not down, and of those that are, stand in their exact order at the front.</summary>
    public const int Exact = 64;

    public static IReadOnlyList<Candidate> Order(IReadOnlyList<Candidate> candidates, ulong chance, Func<Candidate, Load> loadOf)
    {
        // The store moves hosts that it believes to be down to the end: whatever number of them there is, the others must be in order.
        var best = new Front(Math.Min(Exact, candidates.Count));
        var bestDown = new Front(Math.Min(Exact, candidates.Count));
        for (int i = 0; i < candidates.Count; i++)
        {
            Candidate candidate = candidates[i];
            Front front = candidate.State == HostState.Down ? bestDown : best;
            front.Offer(new Entry(loadOf(candidate), Mix(chance, candidate.Position), i));
        }

        var order = new List<Candidate>(candidates.Count);
        var isTaken = new bool[candidates.Count];
        for (int a = 0, b = 0; a < best.Count || b < bestDown.Count;)
        {
            bool takeDown = a == best.Count || (b < bestDown.Count && bestDown[b].IsBetterThan(best[a]));
            int index = takeDown ? bestDown[b++].Index : best[a++].Index;
            isTaken[index] = true;
            order.Add(candidates[index]);
        }

        for (int i = 0; i < candidates.Count && order.Count < candidates.Count; i++)
        {
            if (!isTaken[i]) order.Add(candidates[i]);
        }

        return order;
    }

    /// <summary>One step of SplitMix64: evenly spread, and another value for each position.</summary>
    private static ulong Mix(ulong chance, int position)
    {
        ulong value = chance + ((ulong)position * 0x9E3779B97F4A7C15);
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private readonly record struct Entry(Load Load, ulong Chance, int Index)
    {
        public bool IsBetterThan(in Entry other)
        {
            int byLoad = Load.CompareTo(other.Load);
            return byLoad != 0 ? byLoad < 0 : Chance < other.Chance;
        }
    }

    /// <summary>The best entries offered so far, sorted.</summary>
    private sealed class Front(int capacity)
    {
        private readonly Entry[] _entries = new Entry[capacity];

        public int Count { get; private set; }

        public Entry this[int index] => _entries[index];

        public void Offer(in Entry entry)
        {
            if (Count == _entries.Length)
            {
                if (!entry.IsBetterThan(_entries[Count - 1])) return;
                Count--;
            }

            int at = Count++;
            while (at > 0 && entry.IsBetterThan(_entries[at - 1]))
            {
                _entries[at] = _entries[at - 1];
                at--;
            }

            _entries[at] = entry;
        }
    }
}
