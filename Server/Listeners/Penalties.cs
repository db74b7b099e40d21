using System.Net;
using System.Net.Sockets;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Listeners;

/// <summary>
/// Sources that did something bad are refused for a while; who does it again while it is remembered is refused for twice as long, up to
/// the most that is configured. An IPv6 source is its /64, which a single machine usually has to itself.
/// </summary>
internal sealed class Penalties(TimeProvider time)
{
    /// <summary>A source is remembered for this many times its last penalty after that has ended.</summary>
    private const int MemoryFactor = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Entry> _entries = [];
    private readonly PriorityQueue<IPAddress, DateTimeOffset> _forgotten = new();

    public int Remembered
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>Places in the queue of those to be forgotten; a source may have several.</summary>
    internal int Queued
    {
        get
        {
            lock (_lock) return _forgotten.Count;
        }
    }

    /// <summary>How much longer the source is refused; zero when it is not. <paramref name="isFirst"/>: nobody asked during this penalty before.</summary>
    public TimeSpan Refusal(IPAddress source, PenaltyConfiguration settings, out bool isFirst)
    {
        isFirst = false;
        if (!settings.Enabled || IsExempt(source, settings)) return TimeSpan.Zero;
        lock (_lock)
        {
            if (!_entries.TryGetValue(Key(source), out Entry? entry)) return TimeSpan.Zero;
            TimeSpan left = entry.Until - time.GetUtcNow();
            if (left <= TimeSpan.Zero) return TimeSpan.Zero;
            isFirst = !entry.WasReported;
            entry.WasReported = true;
            return left;
        }
    }

    /// <summary>Notes how a login ended; the penalty that follows, or zero.</summary>
    public TimeSpan Report(IPAddress source, LoginOutcome outcome, PenaltyConfiguration settings)
    {
        TimeSpan least = outcome switch
        {
            LoginOutcome.NoAttempt => settings.NoAuth,
            LoginOutcome.Failed => settings.AuthFail,
            LoginOutcome.GraceExceeded => settings.GraceExceeded,
            LoginOutcome.Breach => settings.Crash,
            _ => TimeSpan.Zero,
        };
        if (!settings.Enabled || least <= TimeSpan.Zero || IsExempt(source, settings)) return TimeSpan.Zero;
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            Forget(now);
            IPAddress key = Key(source);
            if (!_entries.TryGetValue(key, out Entry? entry))
            {
                if (_entries.Count >= settings.MaxSources) ForgetOne();
                _entries[key] = entry = new Entry();
            }

            // Connections that were open side by side count as one offence each: a scan of many at once climbs quickly.
            TimeSpan doubled = entry.Last * 2;
            TimeSpan penalty = doubled > least ? doubled : least;
            if (penalty > settings.Max) penalty = settings.Max;
            entry.Last = penalty;
            if (now + penalty > entry.Until) entry.Until = now + penalty;
            entry.WasReported = false;
            entry.ForgottenAt = entry.Until + (penalty * MemoryFactor);
            _forgotten.Enqueue(key, entry.ForgottenAt);
            return penalty;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        while (_forgotten.TryPeek(out _, out DateTimeOffset due) && due <= now) DequeueOne();
    }

    // Full: whoever would be forgotten next is forgotten now.
    private void ForgetOne()
    {
        int before = _entries.Count;
        while (_entries.Count == before && _forgotten.Count > 0) DequeueOne();
    }

    // A source that was penalised again has a later place in the queue, too.
    private void DequeueOne()
    {
        if (_forgotten.TryDequeue(out IPAddress? key, out DateTimeOffset due) && _entries.TryGetValue(key, out Entry? entry) && entry.ForgottenAt <= due)
            _entries.Remove(key);
    }

    private static bool IsExempt(IPAddress source, PenaltyConfiguration settings)
    {
        foreach (IPNetwork network in settings.Exempt)
        {
            if (network.Contains(source)) return true;
        }

        return false;
    }

    private static IPAddress Key(IPAddress source)
    {
        if (source.AddressFamily != AddressFamily.InterNetworkV6) return source;
        byte[] bytes = source.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Entry
    {
        public DateTimeOffset Until { get; set; }

        public DateTimeOffset ForgottenAt { get; set; }

        public TimeSpan Last { get; set; }

        public bool WasReported { get; set; }
    }
}
