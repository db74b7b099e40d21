using System.Text.Json;

namespace SshGateway.Storage.State.Sqlite;

/// <summary>The traffic of an interval as one statement, whose only big value is a JSON array.</summary>
internal static class SqliteTraffic
{
    /// <summary>?1 instance, ?2 an array of [id, bytes in, bytes out, bandwidth in, bandwidth out, last activity].</summary>
    public const string Update = """
        update connection set bytes_in = s.value ->> 1, bytes_out = s.value ->> 2, bandwidth_in = s.value ->> 3, bandwidth_out = s.value ->> 4,
            last_active = s.value ->> 5
        from json_each(cast(?2 as text)) as s
        where connection.id = s.value ->> 0 and connection.instance = ?1
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
