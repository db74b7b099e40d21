using SshGateway.Server.Authentication;
using SshGateway.Server.Listeners;
using SshGateway.Storage.State.Resilience;

namespace SshGateway.Server.Admin.Http;

/// <summary>Whether a gateway can serve the next user who comes: what <c>/readyz</c> says, for load balancers and orchestrators.</summary>
internal sealed class Readiness(GatewayServer server, Func<StateStoreStatus> state)
{
    /// <summary>A helper that does not answer within this is no use to a user either.</summary>
    private static readonly TimeSpan HelperTime = TimeSpan.FromSeconds(2);

    public async Task<HealthReport> CheckAsync(CancellationToken cancellationToken) =>
        new([Stopping(), Listeners(), HostKeys(), Methods(), State(), await HelperAsync(cancellationToken).ConfigureAwait(false)]);

    private HealthCheck Stopping() => server.IsStopping
        ? new("stopping", false, $"the gateway is stopping; {server.SessionCount} sessions are left")
        : new("stopping", true, "no");

    private HealthCheck Listeners()
    {
        int count = server.Addresses.Count;
        return new("listeners", count > 0, count == 1 ? "1 address" : $"{count} addresses");
    }

    private HealthCheck HostKeys()
    {
        int count = server.Services.HostKeys.Count;
        return new("host_keys", count > 0, count == 1 ? "1 key" : $"{count} keys");
    }

    /// <summary>A method that cannot be offered is told of; users come in by the others.</summary>
    private HealthCheck Methods()
    {
        OfferedMethods methods = server.Services.Methods;
        string offered = string.Join(", ", methods.Combinations.Select(combination => string.Join('+', combination)));
        string missing = string.Join("; ", methods.Missing.Select(method => $"{method.Key} is not offered: {method.Value}"));
        return new("methods", methods.Combinations.Count > 0, missing.Length > 0 ? $"{offered}; {missing}" : offered);
    }

    /// <summary>Without a mandatory store nobody gets in; any other is stood in for by memory.</summary>
    private HealthCheck State()
    {
        StateStoreStatus status = state();
        if (status.IsAvailable) return new("state", true, "available");
        bool isMandatory = server.Services.Configuration.State.Mandatory;
        return new("state", !isMandatory, isMandatory ? $"away: {status.Problem}" : $"away, memory stands in: {status.Problem}");
    }

    private async Task<HealthCheck> HelperAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HelperTime);
        try
        {
            string? problem = await server.Services.Helper.FindProblemAsync(limit.Token).ConfigureAwait(false);
            return new("helper", problem is null, problem ?? "in order");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new("helper", false, "the helper did not answer in time");
        }
    }
}
