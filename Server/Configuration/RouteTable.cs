using System.Collections.Concurrent;
using System.Net;

namespace SshGateway.Server.Configuration;

internal delegate RouteConfiguration RouteChange(RouteConfiguration route);

/// <summary>One item of a match list: every list that is given must have a member that fits.</summary>
internal sealed record MatchItem
{
    public IReadOnlySet<string>? Users { get; init; }

    public IReadOnlySet<string>? Groups { get; init; }

    public IReadOnlySet<IPEndPoint>? Sources { get; init; }
}

/// <summary>Changes that hold for whom one of the items fits.</summary>
internal sealed record RouteOverride(IReadOnlyList<MatchItem> Match, IReadOnlyList<RouteChange> Changes, int Line);

/// <summary>Finds the overrides of a user through indexes by user, group and source, and keeps the configurations of the
/// sets of overrides seen so far.</summary>
internal sealed class RouteTable
{
    public const int CacheLimit = 4096;

    public static readonly RouteTable Empty = new(RouteConfiguration.Default, []);

    private readonly IReadOnlyList<RouteOverride> _overrides;
    private readonly List<(int Override, MatchItem Item)> _items = [];
    private readonly Dictionary<string, List<int>> _byUser = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _byGroup = new(StringComparer.Ordinal);
    private readonly Dictionary<IPEndPoint, List<int>> _bySource = [];
    private readonly List<int> _always = [];
    private readonly ConcurrentDictionary<OverrideSet, RouteConfiguration> _cache = new();

    /// <param name="written">The top of the file, before what ssh.args says was applied.</param>
    /// <param name="overrides">In the order of the file.</param>
    public RouteTable(RouteConfiguration written, IReadOnlyList<RouteOverride> overrides)
    {
        Written = written;
        Base = SshArgumentsEffect.Apply(written);
        _overrides = overrides;
        for (int i = 0; i < overrides.Count; i++)
        {
            foreach (MatchItem item in overrides[i].Match) Index(i, item);
        }
    }

    /// <summary>The configuration where no override matches.</summary>
    public RouteConfiguration Base { get; }

    public IReadOnlyList<RouteOverride> Overrides => _overrides;

    internal RouteConfiguration Written { get; }

    public RouteConfiguration For(string user, IReadOnlyList<string> groups, IPEndPoint? source)
    {
        if (_items.Count == 0) return Base;
        OverrideSet matched = new(_overrides.Count);
        if (source is not null) source = Plain(source);
        Mark(_always, user, groups, source, matched);
        if (_byUser.TryGetValue(user, out List<int>? ofUser)) Mark(ofUser, user, groups, source, matched);
        foreach (string group in groups)
        {
            if (_byGroup.TryGetValue(group, out List<int>? ofGroup)) Mark(ofGroup, user, groups, source, matched);
        }

        if (source is not null && _bySource.TryGetValue(source, out List<int>? ofSource)) Mark(ofSource, user, groups, source, matched);
        if (matched.IsEmpty) return Base;
        if (_cache.TryGetValue(matched, out RouteConfiguration? known)) return known;
        // Full: begin anew. The sets in use come back at once, and each costs well under a millisecond.
        if (_cache.Count >= CacheLimit) _cache.Clear();
        return _cache.GetOrAdd(matched, Compute);
    }

    /// <summary>IPv4 inside IPv6 as IPv4.</summary>
    public static IPEndPoint Plain(IPEndPoint endpoint) =>
        endpoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endpoint.Address.MapToIPv4(), endpoint.Port)
        : endpoint.Address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, ScopeId: not 0 } address
            ? new IPEndPoint(new IPAddress(address.GetAddressBytes()), endpoint.Port)
            : endpoint;

    private void Index(int number, MatchItem item)
    {
        int id = _items.Count;
        _items.Add((number, item));
        if (item.Users is not null) Index(_byUser, item.Users, id);
        else if (item.Groups is not null) Index(_byGroup, item.Groups, id);
        else if (item.Sources is not null) Index(_bySource, item.Sources, id);
        else _always.Add(id);
    }

    private static void Index<TKey>(Dictionary<TKey, List<int>> index, IReadOnlySet<TKey> keys, int id)
        where TKey : notnull
    {
        foreach (TKey key in keys)
        {
            if (!index.TryGetValue(key, out List<int>? ids)) index[key] = ids = [];
            ids.Add(id);
        }
    }

    private void Mark(List<int> candidates, string user, IReadOnlyList<string> groups, IPEndPoint? source, OverrideSet matched)
    {
        foreach (int id in candidates)
        {
            (int number, MatchItem item) = _items[id];
            if (!matched.Contains(number) && Fits(item, user, groups, source)) matched.Add(number);
        }
    }

    private static bool Fits(MatchItem item, string user, IReadOnlyList<string> groups, IPEndPoint? source)
    {
        if (item.Users is not null && !item.Users.Contains(user)) return false;
        if (item.Sources is not null && (source is null || !item.Sources.Contains(source))) return false;
        if (item.Groups is null) return true;
        foreach (string group in groups)
        {
            if (item.Groups.Contains(group)) return true;
        }

        return false;
    }

    private RouteConfiguration Compute(OverrideSet matched)
    {
        RouteConfiguration route = Written;
        List<int> applied = [];
        for (int i = 0; i < _overrides.Count; i++)
        {
            if (!matched.Contains(i)) continue;
            applied.Add(i);
            foreach (RouteChange change in _overrides[i].Changes) route = change(route);
        }

        return SshArgumentsEffect.Apply(route) with { AppliedOverrides = applied.ToArray() };
    }
}
