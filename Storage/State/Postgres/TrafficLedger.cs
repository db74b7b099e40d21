using System.Text;
using Npgsql;

namespace SshGateway.Storage.State.Postgres;

/// <summary>
/// What is known of the traffic of this process's connections. The database keeps it as one row per gateway that is written as a whole,
/// so that what a call leaves out has to be remembered here.
/// </summary>
internal sealed class TrafficLedger
{
    /// <summary>Parts of a row, see the table's comment.</summary>
    private const int Parts = 64;

    private const string Write = """
        insert into sshgateway.traffic (instance, starts, connections, bytes_in, bytes_out, bandwidth_in, bandwidth_out, last_active, hosts,
            host_bandwidth_in, host_bandwidth_out)
        select instance, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from sshgateway.gateway where instance = $1
        on conflict (instance) do update set starts = excluded.starts, connections = excluded.connections,
            bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out,
            bandwidth_in = excluded.bandwidth_in, bandwidth_out = excluded.bandwidth_out, last_active = excluded.last_active,
            hosts = excluded.hosts, host_bandwidth_in = excluded.host_bandwidth_in, host_bandwidth_out = excluded.host_bandwidth_out
        """;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>The part of a row in which a user's connections are, from 1.</summary>
    public static int PartOf(string user)
    {
        uint hash = 2166136261; // FNV-1a: the same in every process and version
        foreach (byte b in Encoding.UTF8.GetBytes(user)) hash = (hash ^ b) * 16777619;
        return (int)(hash % Parts) + 1;
    }

    /// <returns>Whether there is traffic to write for it.</returns>
    public bool Put(ConnectionRecord connection)
    {
        bool hasTraffic = (connection.BytesIn | connection.BytesOut | connection.BandwidthIn | connection.BandwidthOut) != 0;
        lock (_lock)
        {
            _entries.TryGetValue(connection.Id, out Entry? known);
            TrafficSample? sample = hasTraffic
                ? new TrafficSample(
                    connection.Id, connection.BytesIn, connection.BytesOut, connection.BandwidthIn, connection.BandwidthOut, connection.LastActive)
                : known?.Sample;
            _entries[connection.Id] = new Entry(connection.Gateway, connection.Host, PartOf(connection.User), sample);
        }
        return hasTraffic;
    }

    public void Put(string gateway, IReadOnlyList<TrafficSample> samples)
    {
        lock (_lock)
        {
            foreach (TrafficSample sample in samples)
                if (_entries.TryGetValue(sample.Connection, out Entry? entry) && entry.Gateway == gateway) entry.Sample = sample;
        }
    }

    public void Remove(string connection)
    {
        lock (_lock) _entries.Remove(connection);
    }

    public void RemoveGateway(string gateway)
    {
        lock (_lock)
        {
            foreach (string id in _entries.Where(e => e.Value.Gateway == gateway).Select(e => e.Key).ToList()) _entries.Remove(id);
        }
    }

    public NpgsqlBatchCommand WriteStatement(string gateway, long instance, PostgresClock clock)
    {
        lock (_lock)
        {
            Entry[] entries = [.. _entries.Values.Where(e => e.Gateway == gateway && e.Sample is not null).OrderBy(e => e.Part)];
            int[] starts = new int[Parts + 1];
            for (int part = 1, i = 0; part <= Parts + 1; part++)
            {
                while (i < entries.Length && entries[i].Part < part) i++;
                starts[part - 1] = i + 1;
            }
            TrafficSample[] samples = [.. entries.Select(e => e.Sample!.Value)];
            (string Host, long In, long Out)[] hosts = [.. entries.GroupBy(e => e.Host)
                .Select(g => (g.Key, g.Sum(e => e.Sample!.Value.BandwidthIn), g.Sum(e => e.Sample!.Value.BandwidthOut)))];
            return Sql.Statement(
                Write, Sql.Number(instance), Sql.Smalls(starts), Sql.Texts(samples.Select(s => s.Connection)),
                Sql.Numbers(samples.Select(s => s.BytesIn)), Sql.Numbers(samples.Select(s => s.BytesOut)),
                Sql.Numbers(samples.Select(s => s.BandwidthIn)), Sql.Numbers(samples.Select(s => s.BandwidthOut)),
                clock.Times(samples.Select(s => s.LastActive)),
                Sql.Texts(hosts.Select(h => h.Host)), Sql.Numbers(hosts.Select(h => h.In)), Sql.Numbers(hosts.Select(h => h.Out)));
        }
    }

    private sealed class Entry(string gateway, string host, int part, TrafficSample? sample)
    {
        public string Gateway { get; } = gateway;

        public string Host { get; } = host;

        public int Part { get; } = part;

        public TrafficSample? Sample { get; set; } = sample;
    }
}
