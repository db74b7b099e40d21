using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;
using SshGateway.Server.State;
using SshGateway.Storage.State.Resilience;

namespace SshGateway.Server.Admin.Http;

/// <summary>
/// Metrics and health of a running gateway, as far as the configuration wants them. Where it does not, nothing is started and
/// none of the assemblies for it are loaded. What fails here is logged, and users get in all the same.
/// </summary>
internal sealed class Monitoring : IAsyncDisposable
{
    private GatewayGauges? _gauges;
    private ExportProblems? _problems;
    private MetricExport? _export;
    private AdminHttp? _http;

    private Monitoring()
    {
    }

    /// <summary>Null when neither <c>admin.listen</c> nor a collector is configured.</summary>
    public static async Task<Monitoring?> StartAsync(GatewayServer server, GatewayState state, Func<StateStoreStatus> store, ILogger log, TimeProvider time)
    {
        GatewayConfiguration configuration = server.Services.Configuration;
        CollectorAddress? collector = FindCollector(configuration, log);
        if (configuration.AdminListen is null && collector is null) return null;
        var monitoring = new Monitoring { _gauges = new GatewayGauges(server, state) };
        monitoring.Export(state.Gateway, configuration.AdminListen is not null, collector, log, time);
        if (configuration.AdminListen is { } endpoint)
            await monitoring.ListenAsync(endpoint, configuration.AdminGroup, new Readiness(server, store), log).ConfigureAwait(false);
        return monitoring;
    }

    public async ValueTask DisposeAsync()
    {
        if (_http is not null) await _http.DisposeAsync().ConfigureAwait(false);
        _export?.Dispose();
        _problems?.Dispose();
        _gauges?.Dispose();
    }

    private static CollectorAddress? FindCollector(GatewayConfiguration configuration, ILogger log)
    {
        try
        {
            return CollectorAddress.Find(configuration.AdminOtlp, Environment.GetEnvironmentVariable);
        }
        catch (IOException e)
        {
            log.MetricsNotSent(e.Message);
            return null;
        }
    }

    private void Export(string gateway, bool isFetched, CollectorAddress? collector, ILogger log, TimeProvider time)
    {
        _export = MetricExport.Start(gateway, isFetched, collector);
        if (collector is null) return;
        _problems = new ExportProblems(log, time);
        log.MetricsSent(collector.ToString());
    }

    private async Task ListenAsync(AdminEndpoint endpoint, string group, Readiness readiness, ILogger log)
    {
        try
        {
            IReadOnlyList<IPEndPoint> addresses = endpoint.Address is { } address ? await ResolveAsync(address).ConfigureAwait(false) : [];
            foreach (IPEndPoint open in addresses.Where(open => !IPAddress.IsLoopback(open.Address))) log.AdminListensToOthers(open.ToString());
            _http = await AdminHttp.StartAsync(addresses, endpoint.SocketPath, group, _export!, readiness.CheckAsync).ConfigureAwait(false);
            log.AdminListening(endpoint.ToString());
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            log.AdminListenFailed(endpoint.ToString(), e.Message);
        }
    }

    private static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(HostEndpoint endpoint) =>
        [.. (await Dns.GetHostAddressesAsync(endpoint.Host).ConfigureAwait(false)).Select(address => new IPEndPoint(address, endpoint.Port))];
}
