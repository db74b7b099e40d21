using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording;
using SshGateway.Server.Recording.Collecting;
using SshGateway.Server.Recording.Index;
using SshGateway.Server.Recording.Places;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.State;

namespace SshGateway.Server.Tests.Recording;

/// <summary>What a gateway has for recording, in a folder of its own, without a gateway.</summary>
internal sealed class RecordingFixture : IAsyncDisposable, IRecordingIndex
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RecordingSource _source;

    public RecordingFixture()
    {
        Services = new RecordingServices(this, NullLogger.Instance, TimeProvider.System, "gw");
        Links = new CollectorLinks(Services, Path.Combine(Folder, "spool"));
        _source = new RecordingSource(Services, new RecordingPlaces(Links));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("sgr-").FullName;

    public RecordingServices Services { get; }

    public CollectorLinks Links { get; }

    public ConcurrentQueue<RecordingRecord> Rows { get; } = new();

    public ConcurrentQueue<EventRecord> Events { get; } = new();

    public RouteConfiguration Route { get; set; } = RouteConfiguration.Default;

    public void Put(RecordingRecord recording) => Rows.Enqueue(recording);

    public void Put(EventRecord happened) => Events.Enqueue(happened);

    public string this[string name] => Path.Combine(Folder, name);

    public async Task<IRelayTap> ConnectAsync(string user = "alice", string dump = "{sid}.dump") =>
        (await _source.OpenAsync(Context("0123456789", user) with { Route = Route with { Dump = CollectorAddress.IsCollector(dump) ? dump : this[dump] } }))!;

    public static TapContext Context(string session, string user = "alice") => new()
    {
        SessionId = session,
        User = user,
        Route = RouteConfiguration.Default,
        Patterns = new PatternExpander { User = user, SessionId = session, Time = DateTimeOffset.UnixEpoch },
        Source = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000),
        Local = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 22),
        Destination = new HostEndpoint("node1", 22),
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    public static IChannelTap Open(IRelayTap connection) =>
        connection.ChannelOpening(new ChannelOpening { Sequence = 0, Type = "session", OpenedBy = default, TypeSpecificData = [] })!;

    public static IChannelTap Start(IRelayTap connection, string command, WindowSize? terminal = null)
    {
        IChannelTap channel = Open(connection);
        channel.Confirmed();
        if (terminal is { } size) channel.TerminalRequested("xterm", size);
        channel.Starting(Exec(command));
        return channel;
    }

    public static ChannelStart Exec(string command) => new()
    {
        Type = command.Length == 0 ? ChannelStart.Shell : ChannelStart.Exec,
        Command = Encoding.UTF8.GetBytes(command),
        AskedType = ChannelStart.Exec,
        AskedCommand = Encoding.UTF8.GetBytes(command),
    };

    public static async Task EndAsync(IRelayTap connection, params IChannelTap[] channels)
    {
        foreach (IChannelTap channel in channels) channel.Closed();
        await connection.EndedAsync().AsTask().WaitAsync(Patience);
    }

    /// <summary>Every recording is at its collector.</summary>
    public async Task DeliveredAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (Links.Count > 0) await Task.Delay(10, deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Links.DisposeAsync();
        Services.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
