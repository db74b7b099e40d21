using SshGateway.Server.Configuration.NodeSets;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>forget persist</c>: persisted choices that match each option given.</summary>
internal static class ForgetPersist
{
    public static readonly CtlCommand Command = new(
        "forget persist", "[-user USER] [-service SERVICE] [-host NODESET] [-port NODESET]", "forget persisted destinations; at least one option, all must match",
        CtlNeed.Store, [CtlOption.User, CtlOption.Service, CtlOption.Host, CtlOption.Port], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        CtlOption[] given = [.. Command.Options.Where(ctl.Arguments.Has)];
        if (given.Length == 0) throw new UsageException("at least one of -user, -service, -host and -port is needed");
        int forgotten = 0;
        foreach (string? host in Names(ctl, CtlOption.Host))
        {
            foreach (string? port in Names(ctl, CtlOption.Port))
            {
                var filter = new PersistFilter(ctl.Arguments.Value(CtlOption.User), ctl.Arguments.Value(CtlOption.Service), host, port);
                forgotten += await ctl.Store.ForgetPersistedAsync(filter, cancellationToken);
            }
        }

        string what = string.Join(' ', given.Select(option => $"-{option.Name} {ctl.Arguments.Value(option)}"));
        await ctl.RecordAsync($"forget persist {what}: {forgotten}", cancellationToken, user: ctl.Arguments.Value(CtlOption.User) ?? "");
        return 0;
    }

    // Null stands for any.
    private static IEnumerable<string?> Names(CtlContext ctl, CtlOption option)
    {
        if (ctl.Arguments.Value(option) is { } text) return HostSelection.Names(new NodeSetExpander(GroupResolver.System()), text, option);
        return [null];
    }
}
