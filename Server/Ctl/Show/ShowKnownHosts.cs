using System.Text;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Server.Destinations;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show known_hosts</c>: host keys that the gateways learned.</summary>
internal static class ShowKnownHosts
{
    public static readonly CtlCommand Command = new(
        "show known_hosts", "[-csv|-json]", "the host keys that gateways learned and share", CtlNeed.Store, [CtlOption.Csv, CtlOption.Json], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        IReadOnlyList<KeyValuePair<string, byte[]>> keys = await ctl.Store.ListSharedAsync(LearnedHostKeys.Area, cancellationToken);
        Rows.Write(ctl, keys);
        return 0;
    }

    private static Rows<KeyValuePair<string, byte[]>> Rows => new()
    {
        Titles = ["HOST", "KEY"],
        Cells = k => [k.Key, Encoding.UTF8.GetString(k.Value).TrimEnd()],
        Json = (json, k) => json.Text("Host", k.Key).Text("Key", Encoding.UTF8.GetString(k.Value).TrimEnd()),
    };
}
