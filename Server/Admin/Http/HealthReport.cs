using System.Text.Json;

namespace SshGateway.Server.Admin.Http;

/// <summary>One thing that must be in order. <see cref="Detail"/> is for operators and holds no secret.</summary>
internal sealed record HealthCheck(string Name, bool IsGood, string Detail);

/// <summary>The answer of <c>/readyz</c>.</summary>
internal sealed record HealthReport(IReadOnlyList<HealthCheck> Checks)
{
    public bool IsGood => Checks.All(check => check.IsGood);

    /// <summary><c>{"status":"ready","checks":[{"name":…,"ok":…,"detail":…}]}</c></summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("status", IsGood ? "ready" : "not ready");
            json.WriteStartArray("checks");
            foreach (HealthCheck check in Checks)
            {
                json.WriteStartObject();
                json.WriteString("name", check.Name);
                json.WriteBoolean("ok", check.IsGood);
                json.WriteString("detail", check.Detail);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
