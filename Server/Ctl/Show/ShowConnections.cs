using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show connections</c>: live connections by user, service and destination, or one by one.</summary>
internal static class ShowConnections
{
    public static readonly CtlCommand Command = new(
        "show connections", "[-all] [-csv|-json]", "live connections by user, service and destination; -all: one by one",
        CtlNeed.Store, [CtlOption.All, CtlOption.Csv, CtlOption.Json], RunAsync);

    private sealed record Group(string User, string Service, string Dest, int Count, DateTimeOffset Last, long BandwidthIn, long BandwidthOut);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        IReadOnlyList<ConnectionRecord> connections = await ctl.Store.GetBareConnectionsAsync(cancellationToken);
        // Here, and only here, sshproxyctl lets CSV win over JSON.
        OutputFormat format = ctl.Arguments.Has(CtlOption.Csv) ? OutputFormat.Csv : ctl.Format;
        string[] bandwidth = [Units.Bandwidth(connections.Sum(c => c.BandwidthIn)), Units.Bandwidth(connections.Sum(c => c.BandwidthOut))];
        string count = Units.Number(connections.Count);
        if (ctl.Arguments.Has(CtlOption.All)) (Single(ctl) with { Totals = ["", "", "", "Totals", count, .. bandwidth] }).Write(ctl, Sorted(connections), format);
        else (Grouped(ctl) with { Totals = ["", "", "Totals", count, "", .. bandwidth] }).Write(ctl, Groups(connections), format);
        return 0;
    }

    // Databases sort names by rules of their own.
    private static ConnectionRecord[] Sorted(IEnumerable<ConnectionRecord> connections) =>
    [
        .. connections.OrderBy(c => c.User, StringComparer.Ordinal).ThenBy(c => c.Service, StringComparer.Ordinal)
            .ThenBy(c => c.Start).ThenBy(c => c.Id, StringComparer.Ordinal),
    ];

    private static Group[] Groups(IEnumerable<ConnectionRecord> connections) =>
    [
        .. connections.GroupBy(c => (c.User, c.Service, c.Host))
            .Select(g => new Group(g.Key.User, g.Key.Service, g.Key.Host, g.Count(), g.Max(c => c.Start), g.Sum(c => c.BandwidthIn), g.Sum(c => c.BandwidthOut)))
            .OrderBy(g => g.User, StringComparer.Ordinal).ThenBy(g => g.Service, StringComparer.Ordinal).ThenBy(g => g.Dest, StringComparer.Ordinal),
    ];

    private static Rows<ConnectionRecord> Single(CtlContext ctl) => new()
    {
        Titles = ["USER", "SERVICE", "FROM", "DESTINATION", "START TIME", "BW IN", "BW OUT"],
        Cells = c => [c.User, c.Service, c.From, c.Host, ctl.LocalTime(c.Start), Units.Bandwidth(c.BandwidthIn), Units.Bandwidth(c.BandwidthOut)],
        Csv = c => [c.User, c.Service, c.From, c.Host, ctl.LocalTime(c.Start), Units.Number(Units.Kilobytes(c.BandwidthIn)), Units.Number(Units.Kilobytes(c.BandwidthOut))],
        Json = (json, c) => json.Text("User", c.User).Text("Service", c.Service).Text("From", c.From).Text("Dest", c.Host).Text("Ts", ctl.Rfc3339(c.Start))
            .Number("BwIn", Units.Kilobytes(c.BandwidthIn)).Number("BwOut", Units.Kilobytes(c.BandwidthOut)),
    };

    private static Rows<Group> Grouped(CtlContext ctl) => new()
    {
        Titles = ["USER", "SERVICE", "DESTINATION", "#  OF CONNS", "LAST CONNECTION", "BW IN", "BW OUT"],
        Cells = g => [g.User, g.Service, g.Dest, Units.Number(g.Count), ctl.LocalTime(g.Last), Units.Bandwidth(g.BandwidthIn), Units.Bandwidth(g.BandwidthOut)],
        Csv = g => [g.User, g.Service, g.Dest, Units.Number(g.Count), ctl.LocalTime(g.Last), Units.Number(Units.Kilobytes(g.BandwidthIn)), Units.Number(Units.Kilobytes(g.BandwidthOut))],
        Json = (json, g) => json.Text("User", g.User).Text("Service", g.Service).Text("Dest", g.Dest).Number("N", g.Count).Text("Last", ctl.Rfc3339(g.Last))
            .Number("BwIn", Units.Kilobytes(g.BandwidthIn)).Number("BwOut", Units.Kilobytes(g.BandwidthOut)),
    };
}
