using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl;
using SshGateway.Server.Ctl.Output;
using SshGateway.Server.Recording.Live;
using SshGateway.Server.Tests.Configuration;
using SshGateway.Server.Tests.Configuration.Commands;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>ctl on a store in memory, with a clock that stands.</summary>
internal sealed class CtlFixture
{
    public const string Actor = "root (uid 0), logged in as ana (uid 1000)";

    public static readonly DateTimeOffset Start = new(2026, 11, 22, 7, 16, 0, TimeSpan.Zero);

    public CtlFixture(TimeZoneInfo? zone = null, Func<TimeProvider, IStateStore>? store = null)
    {
        Time = new FakeTime(Start, zone);
        Store = store is null ? new MemoryStateStore(Time) : store(Time);
    }

    public FakeTime Time { get; }

    public IStateStore Store { get; set; }

    public string Configuration { get; set; } = "error_banner: No backend is available right now, sorry.\n";

    public Terminal Terminal { get; set; } = Terminal.None;

    /// <summary>The command runs inside a gateway that has these sessions.</summary>
    public LiveSessions? Live { get; set; }

    /// <summary>What the gateway was asked to run.</summary>
    public int InGateway { get; private set; }

    public async Task<CtlResult> RunAsync(params string[] line)
    {
        StringWriter output = new(), error = new();
        var run = new CtlRun
        {
            Output = output,
            Error = error,
            Terminal = Terminal,
            Actor = Actor,
            Time = Time,
            Load = (file, _) => ConfigurationLoader.LoadText(Configuration, file, Loaded.Services),
            Open = configuration => configuration.StateDir == "/gateway" ? null : Store,
            IsStoreBorrowed = true,
            Live = Live,
            RunInGatewayAsync = (_, _) => Task.FromResult(++InGateway * 10),
            GroupsOf = CheckCommandTests.GroupsOf,
        };
        int code = await run.RunAsync(line, CancellationToken.None);
        return new CtlResult(code, output.ToString(), error.ToString());
    }

    public static ConnectionRecord Connection(string id, string user, string service, string host, DateTimeOffset start, string groups = "", long kbIn = 0, long kbOut = 0) => new()
    {
        Id = id,
        Gateway = "gw1",
        User = user,
        Groups = groups.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        Service = service,
        Client = "192.0.2.7:50" + id[..2],
        From = service == "login" ? "127.0.0.1:2301" : "127.0.0.1:2302",
        Host = host,
        Start = start,
        LastActive = start,
        BandwidthIn = kbIn * 1024,
        BandwidthOut = kbOut * 1024,
    };

    public Task ConnectAsync(params ConnectionRecord[] connections) => Store.PutConnectionsAsync(connections, CancellationToken.None);

    public async Task<EventRecord[]> EventsAsync() => [.. await Store.GetEventsAsync(new EventFilter(), CancellationToken.None)];
}

internal sealed record CtlResult(int Code, string Output, string Error);
