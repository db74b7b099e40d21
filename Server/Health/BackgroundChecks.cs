using System.Collections.Concurrent;
using System.Net;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Listeners;
using SshGateway.Storage.State;

namespace SshGateway.Server.Health;

/// <summary>
/// <c>check_background</c>: hosts known to be down are dialled again once their <c>check_interval</c> is over, so that the first user
/// after their return finds them up. The check is the one that logins make: TCP, identification, key exchange, host key; nobody is
/// authenticated.
/// </summary>
/// <param name="current">The snapshot in force.</param>
internal sealed class BackgroundChecks(Func<GatewayServices> current)
{
    /// <summary>Hosts that are dialled at a time.</summary>
    private const int MaxDials = 16;

    private readonly ConcurrentDictionary<string, Task> _dials = new(StringComparer.Ordinal);
    private GatewayConfiguration? _configuration;
    private List<(RouteConfiguration Route, HostEndpoint Host)> _watched = [];

    /// <summary>Looks once a second until it is cancelled, then waits for the dials that are on their way.</summary>
    public async Task RunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false)) Look(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }

        await Task.WhenAll(_dials.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Look(CancellationToken cancellationToken)
    {
        GatewayServices services = current();
        if (!ReferenceEquals(services.Configuration, _configuration))
        {
            _configuration = services.Configuration;
            _watched = [.. Watched(_configuration)];
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        foreach ((RouteConfiguration route, HostEndpoint host) in _watched)
        {
            if (_dials.Count >= MaxDials) return;
            string name = host.ToString();
            if (services.State.Hosts.Find(name) is not { State: HostState.Down } known || now - known.CheckedAt <= route.CheckInterval) continue;
            // The task removes itself, perhaps before it is noted: it begins behind the note.
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_dials.TryAdd(name, CheckAsync(services, route, host, begin.Task, cancellationToken))) begin.SetResult();
        }
    }

    /// <summary>Each host once, with the first route that has it in its pool and wants it checked.</summary>
    private static IEnumerable<(RouteConfiguration Route, HostEndpoint Host)> Watched(GatewayConfiguration configuration) =>
        configuration.AllRoutes
            .Where(route => route.CheckBackground && route.CheckInterval > TimeSpan.Zero)
            .SelectMany(route => route.Dest.Select(host => (route, host)))
            .DistinctBy(item => item.host);

    private async Task CheckAsync(GatewayServices services, RouteConfiguration route, HostEndpoint host, Task begin, CancellationToken cancellationToken)
    {
        await begin.ConfigureAwait(false);
        string name = host.ToString();
        try
        {
            DialedDestination dialed = await new DestinationConnector(route, services.DestinationKeys, Context(services, route), services.Logger)
                .DialAsync(host, cancellationToken).ConfigureAwait(false);
            await dialed.Transport.DisposeAsync().ConfigureAwait(false);
            services.State.Hosts.ReportUp(name, route.CheckInterval);
        }
        catch (DestinationException e) when (e.Kind != FailureKind.Local)
        {
            await services.State.Hosts.ReportDownAsync(name, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DestinationException or OperationCanceledException)
        {
            // The gateway's own trouble, or its end, says nothing of the host.
        }
        finally
        {
            _dials.TryRemove(name, out _);
        }
    }

    private static DestinationContext Context(GatewayServices services, RouteConfiguration route) => new()
    {
        SessionId = "check",
        Client = new ProxiedConnection(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0)),
        Patterns = new PatternExpander(),
        Algorithms = OfferedAlgorithms.Destination(route.Destination.Legacy),
        RekeyLimits = services.RekeyLimits,
        HostKeys = services.HostKeys,
        HostName = () => services.HostName,
        Time = services.Time,
        KnownHosts = services.KnownHosts.Get(route.Destination.KnownHosts),
        LearnedHostKeys = services.State.LearnedHostKeys,
        Privileged = services.Helper,
        SoftwareVersion = GatewayServices.PlainVersion,
    };
}
