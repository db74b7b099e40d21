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
    private readonly Retention? _retention;
    private Task _removing = Task.CompletedTask;

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
        if (store is not null) _retention = new Retention(store, gateway, LimitsOf(configuration), time, log);
    }

    /// <summary>Told of each recording that has its place: session and location.</summary>
    public Action<string, string>? Placed
    {
        get => _services.Placed;
        init => _services.Placed = value;
    }

    public IRelayTapSource Source { get; }

    /// <summary>Takes up what an earlier process has left, and begins to remove what is too old.</summary>
    public void Start()
    {
        _collectors.Resume();
        if (_retention is not null) _removing = Task.Run(() => _retention.RunAsync(_stopping.Token));
    }

    /// <summary>Another configuration is in force: the limits hold from now on.</summary>
    public void Apply(GatewayConfiguration configuration) => _retention?.Change(LimitsOf(configuration));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _removing.ConfigureAwait(false);
        _retention?.Dispose();
        await _collectors.DisposeAsync().ConfigureAwait(false);
        _services.Dispose();
        if (_index is not null) await _index.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static RetentionLimits LimitsOf(GatewayConfiguration configuration) =>
        new(configuration.Routes.Base.RecordingRetention, configuration.Routes.Base.RecordingMaxTotalSize);
}
