using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using SshGateway.Server.Commands;
using SshGateway.Server.Metrics;

namespace SshGateway.Server.Admin.Http;

/// <summary>
/// Gathers every meter of ours and the runtime's own, for Prometheus to fetch and for a collector to receive. Names are translated as
/// OpenTelemetry says: sshgateway.relay.data in bytes becomes sshgateway_relay_data_bytes_total.
/// </summary>
internal sealed class MetricExport : IDisposable
{
    /// <summary>Every project of ours has a meter of its own.</summary>
    private const string OwnMeters = "SshGateway.*";

    /// <summary>The runtime's: memory, collections, threads, exceptions.</summary>
    private const string RuntimeMeter = "System.Runtime";

    /// <summary>Most label combinations of one instrument; what comes beyond is counted together (otel_metric_overflow).</summary>
    private const int MaxSeries = 1000;

    /// <summary>The last numbers may be lost, the stop of a gateway must not wait for a collector.</summary>
    private const int ShutdownMilliseconds = 1000;

    private MetricExport(MeterProvider provider) => Provider = provider;

    public MeterProvider Provider { get; }

    /// <param name="gateway">The gateway's name in the shared state.</param>
    /// <param name="isFetched">Prometheus comes to fetch them.</param>
    /// <param name="collector">Where they are sent to; null: nowhere.</param>
    public static MetricExport Start(string gateway, bool isFetched, CollectorAddress? collector)
    {
        MeterProviderBuilder builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("sshgateway", serviceVersion: VersionCommand.Version, serviceInstanceId: gateway).AddEnvironmentVariableDetector())
            .AddMeter(OwnMeters, RuntimeMeter)
            .AddView(StreamOf);
        if (isFetched) builder.AddPrometheusExporter(options => options.ScopeInfoEnabled = false);
        if (collector is not null)
        {
            builder.AddOtlpExporter(options =>
            {
                options.Endpoint = collector.Endpoint;
                options.Protocol = collector.IsHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
            });
        }

        return new MetricExport(builder.Build());
    }

    // Where a histogram of seconds says nothing of its buckets, those of the exporter would be meant for milliseconds.
    private static MetricStreamConfiguration StreamOf(Instrument instrument) => instrument is Histogram<double> { Unit: "s", Advice: null }
        ? new ExplicitBucketHistogramConfiguration { CardinalityLimit = MaxSeries, Boundaries = SessionMetrics.ShortTimeBuckets }
        : new MetricStreamConfiguration { CardinalityLimit = MaxSeries };

    public void Dispose()
    {
        Provider.Shutdown(ShutdownMilliseconds);
        Provider.Dispose();
    }
}
