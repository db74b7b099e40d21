namespace SshGateway.Storage.State.Memory;

/// <summary>What memory needs to know in order to take the place of another store.</summary>
public sealed partial class MemoryStateStore
{
    /// <summary>The connections of these ids, those of ended leases included.</summary>
    internal IReadOnlyList<ConnectionRecord> Find(IEnumerable<string> connections)
    {
        lock (_lock)
        {
            List<ConnectionRecord> found = [];
            foreach (string id in connections)
                if (_connections.TryGetValue(id, out Live live)) found.Add(live.Record);
            return found;
        }
    }

    /// <summary>Another store has decided.</summary>
    internal Task RegisterAsync(LoginRequest request, LoginDecision decision)
    {
        lock (_lock) Register(request, decision);
        return Task.CompletedTask;
    }

    internal void ReplaceHosts(IReadOnlyList<HostRecord> hosts)
    {
        lock (_lock)
        {
            _hosts.Clear();
            foreach (HostRecord host in hosts) _hosts[host.Host] = host;
        }
    }
}
