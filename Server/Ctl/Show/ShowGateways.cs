using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show gateways</c>: the gateways that share the state.</summary>
internal static class ShowGateways
{
    public static readonly CtlCommand Command = new(
        "show gateways", "[-csv|-json]", "the gateways: version, addresses, since when, lease, connections",
        CtlNeed.Store, [CtlOption.Csv, CtlOption.Json], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        GatewayRecord[] gateways = [.. (await ctl.Store.GetGatewaysAsync(cancellationToken)).OrderBy(g => g.Id, StringComparer.Ordinal)];
        (Rows(ctl) with { Totals = ["", "", "", "", "Totals", Units.Number(gateways.Sum(g => g.Connections))] }).Write(ctl, gateways);
        return 0;
    }

    private static Rows<GatewayRecord> Rows(CtlContext ctl) => new()
    {
        Titles = ["GATEWAY", "VERSION", "ADDRESSES", "SINCE", "LEASE UNTIL", "#  OF CONNS"],
        Cells = g => [g.Id, g.Version, string.Join(' ', g.Addresses), ctl.LocalTime(g.Started), ctl.LocalTime(g.LeaseUntil), Units.Number(g.Connections)],
        Json = (json, g) => json.Text("Id", g.Id).Text("Version", g.Version).Texts("Addresses", g.Addresses)
            .Text("Started", ctl.Rfc3339(g.Started)).Text("LeaseUntil", ctl.Rfc3339(g.LeaseUntil)).Number("N", g.Connections),
    };
}
