using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show groups</c>: totals of each group of those who are connected, or of each group and service.</summary>
internal static class ShowGroups
{
    public static readonly CtlCommand Command = new(
        "show groups", "[-all] [-csv|-json]", "totals of each group; -all: by service",
        CtlNeed.Store, [CtlOption.All, CtlOption.Csv, CtlOption.Json], RunAsync);

    private sealed class Totals(string group, string service)
    {
        private readonly SortedSet<string> _users = new(StringComparer.Ordinal);

        public string Group => group;

        public string Service => service;

        public string Users => string.Join(' ', _users);

        public int Count { get; private set; }

        public long BandwidthIn { get; private set; }

        public long BandwidthOut { get; private set; }

        public void Add(ConnectionRecord connection)
        {
            _users.Add(connection.User);
            Count++;
            BandwidthIn += connection.BandwidthIn;
            BandwidthOut += connection.BandwidthOut;
        }
    }

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        bool all = ctl.Arguments.Has(CtlOption.All);
        Totals[] totals = Sum(await ctl.Store.GetBareConnectionsAsync(cancellationToken), all);
        Rows(all).Write(ctl, totals);
        return 0;
    }

    private static Totals[] Sum(IEnumerable<ConnectionRecord> connections, bool byService)
    {
        Dictionary<(string Group, string Service), Totals> totals = [];
        foreach (ConnectionRecord connection in connections)
        {
            foreach (string group in connection.Groups)
            {
                (string, string) key = (group, byService ? connection.Service : "");
                if (!totals.TryGetValue(key, out Totals? sum)) totals[key] = sum = new Totals(group, key.Item2);
                sum.Add(connection);
            }
        }

        return [.. totals.Values.OrderBy(t => t.Group, StringComparer.Ordinal).ThenBy(t => t.Service, StringComparer.Ordinal)];
    }

    // There is no foot: a user counts for each of his groups, so that a sum would say nothing.
    private static Rows<Totals> Rows(bool byService) => new()
    {
        Titles = ["GROUP", .. Service(byService, "SERVICE"), "USERS", "#  OF CONNS", "BW IN", "BW OUT"],
        Cells = t => [t.Group, .. Service(byService, t.Service), t.Users, Units.Number(t.Count), Units.Bandwidth(t.BandwidthIn), Units.Bandwidth(t.BandwidthOut)],
        Csv = t =>
        [
            t.Group, .. Service(byService, t.Service), t.Users, Units.Number(t.Count),
            Units.Number(Units.Kilobytes(t.BandwidthIn)), Units.Number(Units.Kilobytes(t.BandwidthOut)),
        ],
        Json = (json, t) =>
        {
            json.Text("Group", t.Group);
            if (byService) json.Text("Service", t.Service);
            json.Text("Users", t.Users).Number("N", t.Count).Number("BwIn", Units.Kilobytes(t.BandwidthIn)).Number("BwOut", Units.Kilobytes(t.BandwidthOut));
        },
    };

    private static string[] Service(bool byService, string text) => byService ? [text] : [];
}
