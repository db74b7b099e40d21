using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>forget host</c>: what is known of hosts is forgotten, their state included.</summary>
internal static class ForgetHosts
{
    public static readonly CtlCommand Command = new(
        "forget host", "-all | -host NODESET [-port NODESET]", "forget what is known of hosts", CtlNeed.Store, [CtlOption.All, CtlOption.Host, CtlOption.Port], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string[] known = [.. HostSelection.Known(await ctl.Store.GetHostsAsync(cancellationToken))];
        foreach (string host in HostSelection.Explicit(ctl, known) ?? known)
        {
            if (await ctl.Store.ForgetHostAsync(host, cancellationToken)) await ctl.RecordAsync("forget host", cancellationToken, host);
            else await ctl.Error.WriteAsync($"{CellText.Clean(host)}: nothing was known of it\n");
        }

        return 0;
    }
}
