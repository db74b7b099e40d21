using SshGateway.Server.Ctl.Arguments;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>disable</c>: hosts are not proposed any more; sessions go on, or, with <c>-drain</c>, until then.</summary>
internal static class DisableHosts
{
    public static readonly CtlCommand Command = new(
        "disable", "-all | -host NODESET [-port NODESET] [-drain DURATION [-message TEXT]]", "do not propose hosts any more; -drain: close what is left on them later",
        CtlNeed.Store, [CtlOption.All, CtlOption.Host, CtlOption.Port, CtlOption.Drain, CtlOption.Message], RunAsync)
    {
        MaxWords = 1,
        Remarks = "Running sessions go on. With -drain, interactive ones are told at once, and what is left then is closed; 'enable' calls it off.",
    };

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        HostDrain? drain = Drain(ctl);
        HostSelection.RequireHostWord(ctl);
        IReadOnlyList<HostRecord> hosts = await ctl.Store.GetHostsAsync(cancellationToken);
        IEnumerable<string> chosen = HostSelection.Explicit(ctl, HostSelection.Known(hosts).Concat(HostSelection.Configured(ctl))) ?? HostSelection.Known(hosts);
        foreach (string host in chosen)
        {
            await ctl.Store.SetHostStateAsync(host, HostState.Disabled, drain, cancellationToken);
            if (drain is not null) await ctl.Store.SendOrderAsync(new GatewayOrder(OrderKind.Tell, Host: host, Message: drain.Message), cancellationToken);
            await ctl.RecordAsync(drain is null ? "disable host" : $"disable host, drain until {ctl.LocalTime(drain.Until)}: {drain.Message}", cancellationToken, host);
        }

        return 0;
    }

    private static HostDrain? Drain(CtlContext ctl)
    {
        string? message = ctl.Arguments.Value(CtlOption.Message);
        if (ctl.Arguments.Value(CtlOption.Drain) is not { } text) return message is null ? null : throw new UsageException("-message goes with -drain");
        DateTimeOffset until = ctl.Now + TimeArguments.Duration(CtlOption.Drain, text);
        return new HostDrain(until, message ?? $"This host goes out of service at {ctl.LocalTime(until)}. Sessions that are left then are closed.");
    }
}
