using System.Text.Json;

namespace SshGateway.Storage.State.Sqlite;

/// <summary>The traffic of an interval as one statement, whose only big value is a JSON array.</summary>
internal static class SqliteTraffic
{
    /// <summary>
    /// ?1 instance, ?2 an array of [id, bytes in, bytes out, bandwidth in, bandwidth out, last activity]. The plus keeps SQLite from the index
    /// of the instance, by which it would go through the array once for each connection.
    /// </summary>
    public const string Update = """
        with sample as materialized (
            select value ->> 0 as id, value ->> 1 as bytes_in, value ->> 2 as bytes_out, value ->> 3 as bandwidth_in, value ->> 4 as bandwidth_out,
                value ->> 5 as last_active
            from json_each(cast(?2 as text)))
        update connection set bytes_in = s.bytes_in, bytes_out = s.bytes_out, bandwidth_in = s.bandwidth_in, bandwidth_out = s.bandwidth_out,
            last_active = s.last_active
        from sample s where connection.id = s.id and +connection.instance = ?1
        """;

    public static byte[] ToJson(IReadOnlyList<TrafficSample> samples)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (TrafficSample sample in samples)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(StoredText.Clean(sample.Connection));
                writer.WriteNumberValue(sample.BytesIn);
                writer.WriteNumberValue(sample.BytesOut);
                writer.WriteNumberValue(sample.BandwidthIn);
                writer.WriteNumberValue(sample.BandwidthOut);
                writer.WriteNumberValue(SqliteTime.Number(sample.LastActive));
                writer.WriteEndArray();
            }
            writer.WriteEndArray();
        }
        return stream.ToArray();
    }
}
