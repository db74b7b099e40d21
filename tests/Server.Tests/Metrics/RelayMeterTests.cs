using System.Diagnostics.Metrics;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Metrics;
using SshGateway.Server.Relay;
using SshGateway.Server.Tests.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Metrics;

public sealed class RelayMeterTests
{
    [Fact]
    public async Task What_was_relayed_is_counted_once_by_route_and_direction()
    {
        string route = "meter-" + Guid.NewGuid().ToString("N");
        var counted = new List<string>();
        using MeterListener listener = Listen("sshgateway.relay.data", route, counted);
        await using RelayFixture relay = await RelayFixture.StartAsync();
        var meter = new RelayMeter(route, relay.Pair, relay.Client, relay.Destination);
        (uint client, uint destination) = await relay.OpenSessionAsync();
        await relay.SendAsync(Side.Client, MessageId.ChannelData, (ref SshWriter w) => { w.WriteUInt32(client); w.WriteString("12345"); });
        await relay.ReadAsync(Side.Destination);
        meter.Report();
        meter.Report();
        await relay.SendAsync(Side.Destination, MessageId.ChannelData, (ref SshWriter w) => { w.WriteUInt32(destination); w.WriteString("123"); });
        await relay.ReadAsync(Side.Client);
        meter.Report();
        Assert.Equal(["from_client 5", "from_destination 3"], counted);
    }

    private static MeterListener Listen(string instrument, string route, List<string> counted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (published, self) =>
            {
                if (published.Name == instrument) self.EnableMeasurementEvents(published);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            // Other tests relay at the same time.
            Dictionary<string, object?> labels = new(tags.ToArray());
            if ((string?)labels["route"] == route) counted.Add($"{labels["direction"]} {value}");
        });
        listener.Start();
        return listener;
    }
}
