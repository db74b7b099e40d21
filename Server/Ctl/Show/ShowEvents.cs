using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show events</c>: what happened, newest first.</summary>
internal static class ShowEvents
{
    public static readonly CtlCommand Command = new(
        "show events", "[-kind KIND] [-user USER] [-host HOST] [-since TIME] [-limit N] [-csv|-json]",
        "logins, refusals, host states, what ctl changed and who did it; newest first",
        CtlNeed.Store, [CtlOption.Kind, CtlOption.User, CtlOption.Host, CtlOption.Since, CtlOption.Limit, CtlOption.Csv, CtlOption.Json], RunAsync);

    private const int DefaultLimit = 100;

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        var filter = new EventFilter(
            TimeArguments.Number(CtlOption.Limit, ctl.Arguments.Value(CtlOption.Limit), DefaultLimit),
            ctl.Arguments.Value(CtlOption.Kind), ctl.Arguments.Value(CtlOption.User), ctl.Arguments.Value(CtlOption.Host),
            TimeArguments.Since(ctl.Arguments.Value(CtlOption.Since), ctl.Time));
        Rows(ctl).Write(ctl, await ctl.Store.GetEventsAsync(filter, cancellationToken));
        return 0;
    }

    private static Rows<EventRecord> Rows(CtlContext ctl) => new()
    {
        Titles = ["TIME", "KIND", "USER", "SOURCE", "HOST", "SESSION", "GATEWAY", "MESSAGE"],
        Cells = e => [ctl.LocalTime(e.Time), e.Kind, e.User, e.Source, e.Host, e.Connection, e.Gateway, e.Message],
        Json = (json, e) => json.Text("Ts", ctl.Rfc3339(e.Time)).Text("Kind", e.Kind).Text("User", e.User).Text("Source", e.Source)
            .Text("Host", e.Host).Text("Session", e.Connection).Text("Gateway", e.Gateway).Text("Message", e.Message),
    };
}
