using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show sessions</c>: each live connection with all that is known of it.</summary>
internal static class ShowSessions
{
    public static readonly CtlCommand Command = new(
        "show sessions", "[-user USER] [-csv|-json]", "each live connection: id, client, idle time, bytes, algorithms, recording",
        CtlNeed.Store, [CtlOption.User, CtlOption.Csv, CtlOption.Json], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string? user = ctl.Arguments.Value(CtlOption.User);
        ConnectionRecord[] sessions =
        [
            .. (await ctl.Store.GetConnectionsAsync(cancellationToken)).Where(c => user is null || c.User == user)
                .OrderBy(c => c.User, StringComparer.Ordinal).ThenBy(c => c.Start).ThenBy(c => c.Id, StringComparer.Ordinal),
        ];
        string[] bytes = [Units.Bytes(sessions.Sum(s => s.BytesIn)), Units.Bytes(sessions.Sum(s => s.BytesOut))];
        (Rows(ctl) with { Totals = ["", "", "", "", "", "Totals", Units.Number(sessions.Length), .. bytes, "", "", ""] }).Write(ctl, sessions);
        return 0;
    }

    private static Rows<ConnectionRecord> Rows(CtlContext ctl) => new()
    {
        Titles = ["ID", "USER", "SERVICE", "CLIENT", "DESTINATION", "SINCE", "IDLE", "IN", "OUT", "CLIENT SIDE", "DESTINATION SIDE", "RECORDING"],
        Cells = s =>
        [
            s.Id, s.User, s.Service, s.Client, s.Host, ctl.LocalTime(s.Start), Units.Duration(Idle(ctl, s)),
            Units.Bytes(s.BytesIn), Units.Bytes(s.BytesOut), Side(s, "client"), Side(s, "destination"), Detail(s, "recording"),
        ],
        Csv = s =>
        [
            s.Id, s.Gateway, s.User, s.Service, s.Client, s.From, s.Host, ctl.LocalTime(s.Start), Units.Number((long)Idle(ctl, s).TotalSeconds),
            Units.Number(s.BytesIn), Units.Number(s.BytesOut), Side(s, "client"), Side(s, "destination"), Detail(s, "recording"),
        ],
        Json = (json, s) => json.Text("Id", s.Id).Text("Gateway", s.Gateway).Text("User", s.User).Text("Groups", string.Join(' ', s.Groups.Order(StringComparer.Ordinal)))
            .Text("Service", s.Service).Text("Client", s.Client).Text("From", s.From).Text("Dest", s.Host).Text("Ts", ctl.Rfc3339(s.Start))
            .Number("Idle", (long)Idle(ctl, s).TotalSeconds).Number("BytesIn", s.BytesIn).Number("BytesOut", s.BytesOut)
            .Number("BwIn", Units.Kilobytes(s.BandwidthIn)).Number("BwOut", Units.Kilobytes(s.BandwidthOut))
            .Object("Details", details =>
            {
                foreach ((string name, string value) in Sorted(s)) details.Text(name, value);
            }),
    };

    private static TimeSpan Idle(CtlContext ctl, ConnectionRecord session)
    {
        TimeSpan idle = ctl.Now - (session.LastActive == default ? session.Start : session.LastActive);
        // The clock of the gateway may be ahead of ours.
        return idle > TimeSpan.Zero ? idle : TimeSpan.Zero;
    }

    // Key exchange and cipher of one leg, and whether it stands against quantum computers.
    private static string Side(ConnectionRecord session, string leg) =>
        $"{Detail(session, leg + "_kex")} {Detail(session, leg + "_cipher")}{(Detail(session, leg + "_pq") == "yes" ? " pq" : "")}".Trim();

    private static string Detail(ConnectionRecord session, string name) => session.Details.GetValueOrDefault(name, "");

    private static IEnumerable<KeyValuePair<string, string>> Sorted(ConnectionRecord session) => session.Details.OrderBy(d => d.Key, StringComparer.Ordinal);
}
