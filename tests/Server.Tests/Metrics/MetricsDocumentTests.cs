using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Listeners;
using SshGateway.Server.Metrics;
using SshGateway.Server.Tests.State;
using Xunit;

namespace SshGateway.Server.Tests.Metrics;

/// <summary>docs/metrics.md names every instrument there is, as it is, and no other.</summary>
public sealed class MetricsDocumentTests
{
    [Fact]
    public async Task Each_instrument_has_its_row_and_each_row_its_instrument()
    {
        await using var scene = new StateScene();
        var published = new SortedDictionary<string, (string Type, string Unit)>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("SshGateway.", StringComparison.Ordinal)) published[instrument.Name] = (TypeOf(instrument), instrument.Unit ?? "");
            },
        };
        listener.Start();
        CreateAll();
        await using GatewayServer server = Server(scene);
        using var gauges = new GatewayGauges(server, scene.State);
        Assert.Equal(
            published.Select(instrument => $"{instrument.Key} {instrument.Value.Type} {instrument.Value.Unit}"),
            MetricsDocument.Metrics.OrderBy(row => row.Instrument, StringComparer.Ordinal).Select(row => $"{row.Instrument} {row.Type} {row.Unit}"));
    }

    [Fact]
    public void Names_in_Prometheus_are_those_that_the_translation_makes() =>
        Assert.All(MetricsDocument.Metrics, row => Assert.Equal(Translated(row), row.Prometheus));

    /// <summary>The instruments that classes of ours hold in static fields.</summary>
    private static void CreateAll()
    {
        foreach (string assembly in (string[])["sshgateway", "SshGateway.Protocol", "SshGateway.Storage"])
        {
            foreach (Type type in Assembly.Load(assembly).GetTypes())
            {
                bool holds = type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).Any(field => typeof(Instrument).IsAssignableFrom(field.FieldType));
                if (holds && !type.ContainsGenericParameters) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            }
        }
    }

    private static GatewayServer Server(StateScene scene) => new(new GatewayServices
    {
        Configuration = new GatewayConfiguration(),
        HostKeys = [],
        DestinationKeys = new DestinationKeyRing(),
        State = scene.State,
        Logger = NullLogger.Instance,
    });

    private static string TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    // The rules of the OpenTelemetry specification, for the units there are.
    private static string Translated(DocumentedMetric row)
    {
        string unit = row.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        string name = row.Instrument.Replace('.', '_');
        return name + (name.EndsWith(unit, StringComparison.Ordinal) ? "" : unit) + (row.Type == "counter" ? "_total" : "");
    }
}
