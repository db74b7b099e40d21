using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Collecting;
using SshGateway.Server.Recording.Index;
using SshGateway.Server.Recording.Places;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.State;

namespace SshGateway.Server.Recording;

/// <summary>Everything of a gateway that records, put together. Disposed after the last session has ended.</summary>
internal sealed class GatewayRecording : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly RecordingServices _services;
    private readonly CollectorLinks _collectors;
    private readonly RecordingIndex? _index;
    private readonly Task _retention = Task.CompletedTask;

    /// <param name="configuration">The gateway's.</param>
    /// <param name="gateway">Its name in the state store.</param>
    /// <param name="store">Null: there is none; recordings are only logged.</param>
    /// <param name="log">For what happens to recordings.</param>
    /// <param name="time">The clock.</param>
    public GatewayRecording(GatewayConfiguration configuration, string gateway, IStateStore? store, ILogger log, TimeProvider time)
    {
        _index = store is null ? null : new RecordingIndex(store, log, time);
        _services = new RecordingServices((IRecordingIndex?)_index ?? new NoIndex(), log, time, gateway);
        _collectors = new CollectorLinks(_services, Path.Combine(configuration.StateDir, "spool"));
        Source = new RecordingSource(_services, new RecordingPlaces(_collectors));
        if (store is null) return;
        RouteConfiguration top = configuration.Routes.Base;
        var limits = new RetentionLimits(top.RecordingRetention, top.RecordingMaxTotalSize);
        _retention = Task.Run(() => new Retention(store, gateway, limits, time, log).RunAsync(_stopping.Token));
    }

    public IRelayTapSource Source { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _retention.ConfigureAwait(false);
        await _collectors.DisposeAsync().ConfigureAwait(false);
        _services.Dispose();
        if (_index is not null) await _index.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }
}
