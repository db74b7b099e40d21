using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Recording.Live;

/// <summary>One connection that can be looked at. While nobody does, each packet costs one look at an empty list.</summary>
internal sealed class SessionFeed(SessionFeeds feeds, TapContext context) : IRelayTap
{
    private readonly Lock _lock = new();
    private SessionWatcher[] _watchers = [];
    private bool _ended;

    public TapContext Context => context;

    /// <summary>The size of the terminal that was announced last; 0 without one.</summary>
    public WindowSize Size { get; private set; }

    public int Watchers => Volatile.Read(ref _watchers).Length;

    public bool IsWatched => Watchers > 0;

    public IChannelTap? ChannelOpening(in ChannelOpening opening) => opening.Type == "session" ? new ChannelFeed(this) : null;

    public ValueTask EndedAsync()
    {
        feeds.Remove(this);
        lock (_lock)
        {
            _ended = true;
            foreach (SessionWatcher watcher in _watchers) watcher.End();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>A watcher of what comes from now on; whoever asked for it leaves with <see cref="Leave"/>.</summary>
    public SessionWatcher Watch()
    {
        var watcher = new SessionWatcher();
        lock (_lock)
        {
            if (_ended) watcher.End();
            else Volatile.Write(ref _watchers, [.. _watchers, watcher]);
        }

        return watcher;
    }

    public void Leave(SessionWatcher watcher)
    {
        lock (_lock) Volatile.Write(ref _watchers, [.. _watchers.Where(other => other != watcher)]);
    }

    private void Show(ReadOnlySpan<byte> bytes)
    {
        foreach (SessionWatcher watcher in Volatile.Read(ref _watchers)) watcher.Add(bytes);
    }

    private sealed class ChannelFeed(SessionFeed feed) : IChannelTap
    {
        public void TerminalRequested(string terminal, WindowSize size) => feed.Size = size;

        public void Resized(WindowSize size) => feed.Size = size;

        public void Data(DataStream stream, ReadOnlySpan<byte> bytes)
        {
            // What is typed comes back as output where it is meant to be seen; passwords do not.
            if (stream != DataStream.Typed && feed.IsWatched) feed.Show(bytes);
        }
    }
}
