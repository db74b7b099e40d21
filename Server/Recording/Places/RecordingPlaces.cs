using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Collecting;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Recording.Places;

/// <summary>Makes the place of a recording from what <c>dump</c> says: a path with patterns, or a collector.</summary>
internal sealed class RecordingPlaces(CollectorLinks collectors)
{
    /// <exception cref="IOException">It cannot be made.</exception>
    public IRecordingPlace Open(TapContext context, int number, ulong startNs)
    {
        RouteConfiguration route = context.Route;
        if (CollectorAddress.IsCollector(route.Dump))
            return collectors.Open(route.Dump, CollectorTls.Of(route), $"{context.SessionId}-{number}", startNs, route.RecordingSpoolSize);
        // The names are what others chose; the home folder is the system's.
        PatternExpander patterns = context.Patterns with
        {
            User = FileNames.Encode(context.User),
            SessionId = context.SessionId,
            Host = FileNames.Encode(context.Destination.Host),
        };
        if (!patterns.TryExpandPath(route.Dump, out string path)) throw new IOException($"{route.Dump} makes no path for this session");
        return FilePlace.Create(path, number, route.RecordingFormat == RecordingFormat.Asciicast ? "asciicast" : "dump");
    }
}
