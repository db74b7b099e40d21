using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Admin.Http;

/// <summary>Takes what the exporter has to complain of into the log, one line in a while: a collector may be away for long.</summary>
internal sealed class ExportProblems : EventListener
{
    private const string ExporterSource = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly ILogger? _log;
    private readonly RareLines? _lines;

    public ExportProblems(ILogger log, TimeProvider time)
    {
        _lines = new RareLines(Interval, time);
        _log = log;
        // The base class has shown the sources that were there before there was a log.
        foreach (EventSource source in EventSource.GetSources()) OnEventSourceCreated(source);
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (_log is not null && eventSource.Name == ExporterSource) EnableEvents(eventSource, EventLevel.Warning);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_log is not { } log || _lines?.IsDue() != true) return;
        string text = string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload ?? []]);
        int line = text.IndexOf('\n', StringComparison.Ordinal);
        log.MetricsNotSent(PeerText.Escape(line < 0 ? text : text[..line]));
    }
}
