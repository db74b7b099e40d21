using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Places;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Recording;

/// <summary>
/// Decides by the route whether a connection is recorded (<c>dump</c>). With <c>etcd</c> or <c>state</c> nothing is recorded, but file transfers
/// are still logged.
/// </summary>
internal sealed class RecordingSource(RecordingServices services, RecordingPlaces places) : IRelayTapSource
{
    public async ValueTask<IRelayTap?> OpenAsync(TapContext context)
    {
        RouteConfiguration route = context.Route;
        if (route.Dump.Length == 0) return null;
        if (route.Dump is "etcd" or "state") return new ConnectionRecorder(services, context, null, null);
        if (route.RecordingMode != RecordingMode.Strict) return new ConnectionRecorder(services, context, places, null);
        try
        {
            // No recording, no session: the first file is there before anything can be started.
            IRecordingPlace first = await Task.Run(() => places.Open(context, 1, new RecordingClock(services.Time).NowNs)).ConfigureAwait(false);
            return new ConnectionRecorder(services, context, places, first);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            services.Log.RecordingRefused(context.SessionId, e.Message);
            throw new TapRefusedException("this session must be recorded, and that is impossible now", e);
        }
    }
}
