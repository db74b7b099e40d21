using SshGateway.Protocol.Transport;
using SshGateway.Server.Destinations;
using SshGateway.Server.Listeners;

namespace SshGateway.Server.Routing;

/// <summary>What a user reads who is logged in and has no destination.</summary>
internal static class RefusalText
{
    /// <summary>
    /// The error banner where there is one, that of the store before that of the configuration: it speaks for the operator when no
    /// destination can be reached. A limit, and a host key that is not the known one, are always said.
    /// </summary>
    public static string For(Exception reason, DestinationPlan plan, string? storedBanner)
    {
        string own = $"sshgateway: {reason.Message}";
        if (reason is not DestinationException { Kind: var kind }) return own;
        string banner = string.IsNullOrEmpty(storedBanner) ? plan.Route.ErrorBanner : storedBanner;
        if (banner.Length == 0) return own;
        string shown = (plan.Patterns with { User = PeerText.Escape(plan.Patterns.User ?? "") }).Expand(banner);
        return kind == FailureKind.HostKey ? $"{shown.TrimEnd('\n')}\n{own}" : shown;
    }
}
