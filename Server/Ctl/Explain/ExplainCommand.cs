using System.Net;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Schema;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Server.Ctl.Show;
using SshGateway.Server.Routing;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Explain;

/// <summary>
/// <c>explain USER[@SOURCE]</c>: what a login would come to now. Which overrides match and why the others do not, what is seen of each
/// candidate, and why each is taken or not. Nothing is registered.
/// </summary>
internal static class ExplainCommand
{
    public static readonly CtlCommand Command = new(
        "explain", "USER[@SOURCE] [-groups GROUP,…] [-source HOST[:PORT]] [-json]", "where a login would go now, and why",
        CtlNeed.StoreAndConfiguration, [CtlOption.Groups, CtlOption.Source, CtlOption.Json], RunAsync)
    {
        MaxWords = 1,
        Remarks = "SOURCE is the address of the gateway the user comes to. With -source, an '@' belongs to the user's name. Nothing is registered.",
    };

    private const string CandidateTitle = "candidates";
    private const int StateColumn = 2;

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        (string user, IPEndPoint? source) = Subject(ctl);
        string[] groups = ShowConfig.Groups(ctl.Arguments.Value(CtlOption.Groups));
        IReadOnlyList<string>? own = ctl.GroupsOf(user);
        IReadOnlyList<string> used = groups.Length > 0 ? groups : own ?? [];
        RouteConfiguration route = ctl.Configuration.RouteFor(user, used, source);
        OverrideVerdict[] overrides = [.. OverrideVerdict.All(ctl.Configuration.Routes, user, used, source)];
        LoginExplanation login = await LoginExplanation.AskAsync(ctl, user, used, source, route, cancellationToken);
        if (ctl.Format == OutputFormat.Json) WriteJson(ctl, user, used, source, route, overrides, login);
        else await WriteTextAsync(ctl, user, own is not null, used, source, route, overrides, login);
        return 0;
    }

    // The last '@' parts the two: names may have one, addresses never.
    private static (string User, IPEndPoint? Source) Subject(CtlContext ctl)
    {
        if (ctl.Words.Count == 0 || ctl.Words[0].Length == 0) throw new UsageException("a user is missing");
        string text = ctl.Words[0];
        string? source = ctl.Arguments.Value(CtlOption.Source);
        int at = text.LastIndexOf('@');
        if (source is not null || at <= 0) return (text, ShowConfig.Source(source));
        return (text[..at], ShowConfig.Source(text[(at + 1)..]));
    }

    private static async Task WriteTextAsync(
        CtlContext ctl, string user, bool isKnown, IReadOnlyList<string> groups, IPEndPoint? source, RouteConfiguration route,
        OverrideVerdict[] overrides, LoginExplanation login)
    {
        await LineAsync(ctl, $"user {user}{(isKnown ? "" : " (unknown on this system)")}, groups: {(groups.Count == 0 ? "none" : string.Join(' ', groups))}, gateway address: {source?.ToString() ?? "not given"}");
        foreach (OverrideVerdict verdict in overrides) await LineAsync(ctl, $"override at line {verdict.Line}: {(verdict.IsApplied ? "applied: " : "not applied: ")}{verdict.Why}");
        if (overrides.Length == 0) await LineAsync(ctl, "the configuration has no overrides");
        string limit = route.MaxConnectionsPerUser == 0 ? "no limit" : $"a limit of {route.MaxConnectionsPerUser}";
        await LineAsync(ctl, $"service {route.Service}, mode {route.Mode.ToString().ToLowerInvariant()}, route_select {route.RouteSelect.ToString().ToLowerInvariant()}, "
            + $"check_interval {DurationText.Format(route.CheckInterval)}, {limit}");
        await LineAsync(ctl, $"live connections of the user: {login.UserConnections}");
        await LineAsync(ctl, $"{CandidateTitle}:");
        Table table = new(["#", "HOST", "STATE", "LAST CHECK", "CONNS OF USER", "CONNS", "BW OF USER", "BW", "VERDICT"])
        {
            Colors = (column, text) => column == StateColumn ? HostStateText.Color(text) : Color.None,
        };
        foreach (CandidateVerdict c in login.Candidates)
        {
            table.Add(
            [
                c.Rank == 0 ? "" : Units.Number(c.Rank), c.Host, c.State, ctl.LocalTime(c.CheckedAt), Units.Number(c.UserConnections), Units.Number(c.Connections),
                Units.Bandwidth(c.UserBandwidth), Units.Bandwidth(c.Bandwidth), c.Why,
            ]);
        }

        table.Write(ctl.Output, ctl.Terminal);
        await LineAsync(ctl, $"outcome: {login.Outcome}");
    }

    private static Task LineAsync(CtlContext ctl, string text) => ctl.Output.WriteAsync(CellText.Clean(text) + "\n");

    private static void WriteJson(
        CtlContext ctl, string user, IReadOnlyList<string> groups, IPEndPoint? source, RouteConfiguration route, OverrideVerdict[] overrides, LoginExplanation login) =>
        JsonRow.WriteAll(ctl.Output, [login], (json, _) => json.Text("User", user).Texts("Groups", groups).Text("Source", source?.ToString() ?? "")
            .Objects("Overrides", overrides, (o, verdict) => o.Number("Line", verdict.Line).Flag("Applied", verdict.IsApplied).Text("Why", verdict.Why))
            .Text("Service", route.Service).Text("Mode", route.Mode.ToString().ToLowerInvariant()).Text("RouteSelect", route.RouteSelect.ToString().ToLowerInvariant())
            .Number("MaxConnectionsPerUser", route.MaxConnectionsPerUser).Number("UserConnections", login.UserConnections)
            .Objects("Candidates", login.Candidates, (o, c) => o.Number("Rank", c.Rank).Text("Host", c.Host).Text("State", c.State)
                .Text("Ts", c.CheckedAt == default ? "" : ctl.Rfc3339(c.CheckedAt)).Number("UserConnections", c.UserConnections).Number("Connections", c.Connections)
                .Number("UserBw", Units.Kilobytes(c.UserBandwidth)).Number("Bw", Units.Kilobytes(c.Bandwidth)).Text("Why", c.Why))
            .Text("Dest", login.Host).Text("Outcome", login.Outcome));
}
