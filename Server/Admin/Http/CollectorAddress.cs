namespace SshGateway.Server.Admin.Http;

/// <summary>Where metrics are sent to, and how: OTLP over gRPC, or its protobuf messages over plain HTTP.</summary>
internal sealed record CollectorAddress(Uri Endpoint, bool IsHttp)
{
    private const string MetricsPath = "v1/metrics";

    /// <summary>Port of OTLP over HTTP; 4317 is that of gRPC (OpenTelemetry protocol specification).</summary>
    private const int HttpPort = 4318;

    /// <summary>
    /// The key <c>admin.otlp</c>, else the standard variables, the one for metrics first; null: metrics are not sent. The protocol is
    /// that of OTEL_EXPORTER_OTLP_PROTOCOL, else the one that the port stands for.
    /// </summary>
    /// <exception cref="IOException">A variable holds no URL.</exception>
    public static CollectorAddress? Find(string configured, Func<string, string?> variable)
    {
        string? ofMetrics = variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
        string text = configured.Length > 0 ? configured
            : ofMetrics is { Length: > 0 } ? ofMetrics
            : variable("OTEL_EXPORTER_OTLP_ENDPOINT") ?? "";
        if (text.Length == 0) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            throw new IOException("the endpoint in the environment (OTEL_EXPORTER_OTLP_ENDPOINT) is no http or https URL");
        bool isHttp = Protocol(variable) is { Length: > 0 } protocol ? protocol.StartsWith("http/", StringComparison.Ordinal) : url.Port == HttpPort || url.AbsolutePath.Length > 1;
        // What is meant for metrics alone is used as it is; to a general address the path of metrics is added.
        bool isExact = configured.Length == 0 && ReferenceEquals(text, ofMetrics);
        bool isComplete = !isHttp || isExact || url.AbsolutePath.EndsWith(MetricsPath, StringComparison.Ordinal);
        return new CollectorAddress(isComplete ? url : new Uri(url.AbsoluteUri.TrimEnd('/') + "/" + MetricsPath), isHttp);
    }

    /// <summary>For the log.</summary>
    public override string ToString() => $"{Endpoint.Scheme}://{Endpoint.Authority}{(IsHttp ? Endpoint.AbsolutePath : "")} ({(IsHttp ? "HTTP" : "gRPC")})";

    private static string? Protocol(Func<string, string?> variable) =>
        variable("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL") is { Length: > 0 } ofMetrics ? ofMetrics : variable("OTEL_EXPORTER_OTLP_PROTOCOL");
}
