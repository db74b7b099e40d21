using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show hosts</c>: states, what is connected, what is persisted.</summary>
internal static class ShowHosts
{
    public static readonly CtlCommand Command = new(
        "show hosts", "[-csv|-json]", "state, last check, connections, bandwidth and persisted choices of each host",
        CtlNeed.Store, [CtlOption.Csv, CtlOption.Json], RunAsync);

    private const int StateColumn = 1;

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        HostRecord[] hosts = [.. (await ctl.Store.GetHostsAsync(cancellationToken)).OrderBy(h => h.Host, StringComparer.Ordinal)];
        Rows<HostRecord> rows = Rows(ctl) with
        {
            Totals =
            [
                "", "", "Totals", Units.Number(hosts.Sum(h => h.Connections)), Units.Bandwidth(hosts.Sum(h => h.BandwidthIn)),
                Units.Bandwidth(hosts.Sum(h => h.BandwidthOut)), Units.Number(hosts.Sum(h => h.Persisted)),
            ],
        };
        rows.Write(ctl, hosts);
        if (ctl.Format != OutputFormat.Table) return 0;
        foreach (HostRecord host in hosts)
        {
            if (Draining(ctl, host) is { } line) await ctl.Output.WriteAsync(CellText.Clean(line) + "\n");
        }

        return 0;
    }

    private static string? Draining(CtlContext ctl, HostRecord host) => host is { State: HostState.Disabled, Drain: { } drain }
        ? $"{host.Host} is draining until {ctl.LocalTime(drain.Until)}, {host.Connections} to go{(drain.Message.Length > 0 ? ": " : "")}{drain.Message}"
        : null;

    private static Rows<HostRecord> Rows(CtlContext ctl) => new()
    {
        Titles = ["HOST", "STATE", "LAST CHECK", "#  OF CONNS", "BW IN", "BW OUT", "#  PERSIST"],
        Cells = h =>
        [
            h.Host, HostStateText.ForPeople(h), ctl.LocalTime(h.CheckedAt), Units.Number(h.Connections),
            Units.Bandwidth(h.BandwidthIn), Units.Bandwidth(h.BandwidthOut), Units.Number(h.Persisted),
        ],
        Csv = h =>
        [
            h.Host, HostStateText.Name(h.State), ctl.LocalTime(h.CheckedAt), Units.Number(h.Connections),
            Units.Number(Units.Kilobytes(h.BandwidthIn)), Units.Number(Units.Kilobytes(h.BandwidthOut)), Units.Number(h.Persisted),
        ],
        Json = (json, h) =>
        {
            json.Text("Hostname", h.Host).Number("N", h.Connections).Number("BwIn", Units.Kilobytes(h.BandwidthIn)).Number("BwOut", Units.Kilobytes(h.BandwidthOut))
                .Number("HistoryN", h.Persisted).Text("State", HostStateText.Name(h.State)).Text("Ts", ctl.Rfc3339(h.CheckedAt));
            if (h is { State: HostState.Disabled, Drain: { } drain })
                json.Object("Drain", d => d.Text("Until", ctl.Rfc3339(drain.Until)).Text("Message", drain.Message).Number("Remaining", h.Connections));
        },
        Colors = (column, text) => column == StateColumn ? HostStateText.Color(text) : Color.None,
    };
}
