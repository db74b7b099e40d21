using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Server.Destinations;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>forget known_hosts</c>: learned host keys are forgotten; the next connection learns the key anew.</summary>
internal static class ForgetKnownHosts
{
    public static readonly CtlCommand Command = new(
        "forget known_hosts", "-all | -host NODESET [-port NODESET]", "forget host keys that were learned", CtlNeed.Store, [CtlOption.All, CtlOption.Host, CtlOption.Port], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string[] known = [.. (await ctl.Store.ListSharedAsync(LearnedHostKeys.Area, cancellationToken)).Select(entry => entry.Key)];
        IReadOnlyList<string>? hosts = HostSelection.Explicit(ctl, known.Select(HostKeyName.Endpoint));
        HashSet<string> left = hosts is null ? [] : new HashSet<string>(hosts, StringComparer.Ordinal);
        foreach (string key in known)
        {
            string host = HostKeyName.Endpoint(key);
            if (hosts is not null && !hosts.Contains(host, StringComparer.Ordinal)) continue;
            left.Remove(host);
            await ctl.Store.PutSharedAsync(LearnedHostKeys.Area, key, null, null, cancellationToken);
            await ctl.RecordAsync($"forget known_hosts {key}", cancellationToken, host);
        }

        foreach (string host in left.Order(StringComparer.Ordinal)) await ctl.Error.WriteAsync($"{CellText.Clean(host)}: no key of it was learned\n");
        return 0;
    }
}
