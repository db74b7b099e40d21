using SshGateway.Server.Ctl.Arguments;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>kill</c>: ends sessions on whatever gateway they are.</summary>
internal static class KillSessions
{
    public static readonly CtlCommand Command = new(
        "kill", "SESSION | -user USER | -host NODESET [-port NODESET] [-message TEXT]", "end one session, or those of a user, or those on hosts",
        CtlNeed.Store, [CtlOption.User, CtlOption.Host, CtlOption.Port, CtlOption.Message], RunAsync)
    {
        MaxWords = 1,
        Remarks = "With several of them, all must match. SESSION is an id of 'show sessions'. The exit code is 1 when no session matches.",
    };

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string? session = ctl.Words.Count > 0 ? ctl.Words[0] : null;
        string? user = ctl.Arguments.Value(CtlOption.User);
        string? hosts = ctl.Arguments.Value(CtlOption.Host);
        if (session is null && user is null && hosts is null) throw new UsageException("a session, -user or -host is needed");
        if (hosts is null && ctl.Arguments.Has(CtlOption.Port)) throw new UsageException("-port goes with -host");
        IReadOnlyList<ConnectionRecord> live = await ctl.Store.GetBareConnectionsAsync(cancellationToken);
        IReadOnlyList<string>? chosen = hosts is null ? null : HostSelection.Expand(hosts, ctl.Arguments.Value(CtlOption.Port), live.Select(c => c.Host));
        ConnectionRecord[] matching = [.. live.Where(c => Matches(c, session, user, chosen))];
        if (matching.Length == 0) throw new CtlException(session is null ? "no session matches" : $"no session {session} matches");
        string message = ctl.Arguments.Value(CtlOption.Message) ?? "An administrator has ended this session.";
        foreach (GatewayOrder order in Orders(matching, session, user, chosen, message)) await ctl.Store.SendOrderAsync(order, cancellationToken);
        await ctl.RecordAsync(matching.Select(c => ($"kill: {message}", c.Host, c.User, c.Id)), cancellationToken);
        await ctl.Output.WriteAsync(matching.Length == 1 ? "1 session is told to end\n" : $"{matching.Length} sessions are told to end\n");
        return 0;
    }

    private static bool Matches(ConnectionRecord connection, string? session, string? user, IReadOnlyList<string>? hosts) =>
        (session is null || string.Equals(connection.Id, session, StringComparison.OrdinalIgnoreCase))
        && (user is null || connection.User == user) && (hosts is null || hosts.Contains(connection.Host, StringComparer.Ordinal));

    // An order names one host at most. Those for users and hosts also reach who logs in at this very moment.
    private static IEnumerable<GatewayOrder> Orders(ConnectionRecord[] matching, string? session, string? user, IReadOnlyList<string>? hosts, string message) =>
        session is not null ? [new GatewayOrder(OrderKind.Kill, Connection: matching[0].Id, Message: message)]
        : hosts is null ? [new GatewayOrder(OrderKind.Kill, User: user, Message: message)]
        : hosts.Select(host => new GatewayOrder(OrderKind.Kill, User: user, Host: host, Message: message));
}
