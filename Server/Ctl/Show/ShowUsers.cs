using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show users</c>: totals of each user; with <c>-all</c> by service, with the persisted destination and the time it has left.</summary>
internal static class ShowUsers
{
    public static readonly CtlCommand Command = new(
        "show users", "[-all] [-csv|-json]", "totals of each user; -all: by service, with persisted destination and time left",
        CtlNeed.Store, [CtlOption.All, CtlOption.Csv, CtlOption.Json], RunAsync);

    private sealed record Totals(string User, string Service, string Groups, int Count, long BandwidthIn, long BandwidthOut, string Dest, TimeSpan TimeLeft)
    {
        // What has a destination has time left, though it be less than a second.
        public long Seconds => Dest.Length == 0 ? 0 : Math.Max(1, (long)TimeLeft.TotalSeconds);
    }

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        IReadOnlyList<ConnectionRecord> connections = await ctl.Store.GetBareConnectionsAsync(cancellationToken);
        string[] bandwidth = [Units.Bandwidth(connections.Sum(c => c.BandwidthIn)), Units.Bandwidth(connections.Sum(c => c.BandwidthOut))];
        string count = Units.Number(connections.Count);
        if (ctl.Arguments.Has(CtlOption.All))
        {
            IReadOnlyList<PersistRecord> persisted = await ctl.Store.GetPersistedAsync(cancellationToken);
            (ByService() with { Totals = ["", "", "Totals", count, .. bandwidth, "", ""] }).Write(ctl, ByService(connections, persisted, ctl.Now));
        }
        else
        {
            (ByUser() with { Totals = ["", "Totals", count, .. bandwidth] }).Write(ctl, ByUser(connections));
        }

        return 0;
    }

    private static Totals[] ByUser(IEnumerable<ConnectionRecord> connections) =>
        [.. connections.GroupBy(c => c.User, StringComparer.Ordinal).Select(g => Sum(g.Key, "", [.. g])).OrderBy(t => t.User, StringComparer.Ordinal)];

    // A choice that is persisted is shown though nobody is connected: otherwise nothing would show it.
    private static Totals[] ByService(IEnumerable<ConnectionRecord> connections, IEnumerable<PersistRecord> persisted, DateTimeOffset now)
    {
        Dictionary<(string User, string Service), Totals> totals = connections.GroupBy(c => (c.User, c.Service))
            .ToDictionary(g => g.Key, g => Sum(g.Key.User, g.Key.Service, [.. g]));
        foreach (PersistRecord choice in persisted)
        {
            (string, string) key = (choice.User, choice.Service);
            Totals known = totals.GetValueOrDefault(key) ?? Sum(choice.User, choice.Service, []);
            totals[key] = known with { Dest = choice.Host, TimeLeft = choice.Expires - now };
        }

        return [.. totals.Values.OrderBy(t => t.User, StringComparer.Ordinal).ThenBy(t => t.Service, StringComparer.Ordinal)];
    }

    private static Totals Sum(string user, string service, IReadOnlyList<ConnectionRecord> connections)
    {
        IEnumerable<string> groups = connections.SelectMany(c => c.Groups).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return new Totals(
            user, service, string.Join(' ', groups), connections.Count,
            connections.Sum(c => c.BandwidthIn), connections.Sum(c => c.BandwidthOut), "", TimeSpan.Zero);
    }

    private static Rows<Totals> ByUser() => new()
    {
        Titles = ["USER", "GROUPS", "#  OF CONNS", "BW IN", "BW OUT"],
        Cells = t => [t.User, t.Groups, Units.Number(t.Count), Units.Bandwidth(t.BandwidthIn), Units.Bandwidth(t.BandwidthOut)],
        Csv = t => [t.User, t.Groups, Units.Number(t.Count), Units.Number(Units.Kilobytes(t.BandwidthIn)), Units.Number(Units.Kilobytes(t.BandwidthOut))],
        Json = (json, t) => json.Text("User", t.User).Text("Groups", t.Groups).Number("N", t.Count)
            .Number("BwIn", Units.Kilobytes(t.BandwidthIn)).Number("BwOut", Units.Kilobytes(t.BandwidthOut)),
    };

    private static Rows<Totals> ByService() => new()
    {
        Titles = ["USER", "SERVICE", "GROUPS", "#  OF CONNS", "BW IN", "BW OUT", "PERSIST TO", "PERSIST TTL"],
        Cells = t =>
        [
            t.User, t.Service, t.Groups, Units.Number(t.Count), Units.Bandwidth(t.BandwidthIn), Units.Bandwidth(t.BandwidthOut),
            t.Dest, t.Dest.Length == 0 ? "" : Units.Duration(TimeSpan.FromSeconds(t.Seconds)),
        ],
        Csv = t =>
        [
            t.User, t.Service, t.Groups, Units.Number(t.Count), Units.Number(Units.Kilobytes(t.BandwidthIn)), Units.Number(Units.Kilobytes(t.BandwidthOut)),
            t.Dest, t.Dest.Length == 0 ? "" : Units.Number(t.Seconds),
        ],
        Json = (json, t) => json.Text("User", t.User).Text("Service", t.Service).Text("Groups", t.Groups).Number("N", t.Count)
            .Number("BwIn", Units.Kilobytes(t.BandwidthIn)).Number("BwOut", Units.Kilobytes(t.BandwidthOut)).Text("Dest", t.Dest).Number("TTL", t.Seconds),
    };
}
