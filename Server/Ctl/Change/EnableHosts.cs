using SshGateway.Server.Ctl.Arguments;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>enable</c>: hosts may be proposed again. <c>-all</c> means those that are disabled: a host that is down stays so.</summary>
internal static class EnableHosts
{
    public static readonly CtlCommand Command = new(
        "enable", "-all | -host NODESET [-port NODESET]", "let hosts be proposed again; -all: every disabled one",
        CtlNeed.Store, [CtlOption.All, CtlOption.Host, CtlOption.Port], RunAsync)
    {
        MaxWords = 1,
    };

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        HostSelection.RequireHostWord(ctl);
        IReadOnlyList<HostRecord> hosts = await ctl.Store.GetHostsAsync(cancellationToken);
        IEnumerable<string> chosen = HostSelection.Explicit(ctl, HostSelection.Known(hosts).Concat(HostSelection.Configured(ctl)))
            ?? HostSelection.Known(hosts.Where(host => host.State == HostState.Disabled));
        foreach (string host in chosen)
        {
            await ctl.Store.SetHostStateAsync(host, HostState.Up, null, cancellationToken);
            await ctl.RecordAsync("enable host", cancellationToken, host);
        }

        return 0;
    }
}
