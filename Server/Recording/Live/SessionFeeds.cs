using System.Collections.Concurrent;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Recording.Live;

/// <summary>The live connections of this gateway, for those who may look on (<c>ctl watch -session</c>).</summary>
internal sealed class SessionFeeds : IRelayTapSource
{
    private readonly ConcurrentDictionary<string, SessionFeed> _feeds = new(StringComparer.OrdinalIgnoreCase);

    public ValueTask<IRelayTap?> OpenAsync(TapContext context)
    {
        var feed = new SessionFeed(this, context);
        _feeds[context.SessionId] = feed;
        return ValueTask.FromResult<IRelayTap?>(feed);
    }

    public SessionFeed? Find(string session) => _feeds.GetValueOrDefault(session);

    public void Remove(SessionFeed feed) => _feeds.TryRemove(KeyValuePair.Create(feed.Context.SessionId, feed));
}
