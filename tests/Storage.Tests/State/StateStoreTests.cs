using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>What every store does. Each implementation derives one class, which runs all of it.</summary>
public abstract partial class StateStoreTests : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Start of everything: whole microseconds, which is what a database keeps.</summary>
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 7, 15, 48, 123, TimeSpan.Zero);

    private int _connections;

    /// <summary>Two gateways' handles on the same state (one and the same where there is only one process).</summary>
    protected IStateStore Store { get; private set; } = null!;

    protected IStateStore Other { get; private set; } = null!;

    /// <summary>Opens the state as one more process does.</summary>
    protected abstract Task<IStateStore> OpenAsync();

    /// <summary>Time passes for the store.</summary>
    protected abstract Task AdvanceAsync(TimeSpan time);

    public virtual async Task InitializeAsync()
    {
        Store = await OpenAsync();
        Other = await OpenAsync();
        await RegisterAsync();
    }

    public virtual async Task DisposeAsync()
    {
        await Store.DisposeAsync();
        await Other.DisposeAsync();
    }

    protected static GatewayRecord Gateway(string id) => new(id, "0.1.0", ["127.0.0.1:22", "[::1]:22"], Start);

    protected async Task RegisterAsync()
    {
        await Store.RenewLeaseAsync(Gateway("one"), TimeSpan.FromSeconds(15), default);
        await Other.RenewLeaseAsync(Gateway("two"), TimeSpan.FromSeconds(15), default);
    }

    protected ConnectionRecord Connection(string user = "alice", string service = "login", string gateway = "one", string host = "") => new()
    {
        Id = Interlocked.Increment(ref _connections).ToString("x10"),
        Gateway = gateway,
        User = user,
        Groups = [user, "hpc"],
        Service = service,
        Client = "192.0.2.1:4711",
        From = "127.0.0.1:22",
        Host = host,
        Start = Start.AddSeconds(_connections),
        LastActive = Start.AddSeconds(_connections),
        Details = new Dictionary<string, string> { ["kex"] = "mlkem768x25519-sha256", ["note"] = "\"quoted\" \\ é" },
    };

    /// <summary>The pool keeps its order.</summary>
    protected LoginRequest Login(ConnectionRecord connection, params string[] pool) => new()
    {
        Connection = connection,
        Candidates = pool.Length > 0 ? pool : ["a:22", "b:22", "c:22"],
        IsSticky = true,
        DownFor = TimeSpan.FromMinutes(1),
        Rank = candidates => candidates,
    };

    protected static IReadOnlyList<Candidate> FewestConnections(IReadOnlyList<Candidate> candidates) =>
        [.. candidates.OrderBy(c => c.UserConnections).ThenBy(c => c.Connections).ThenBy(c => c.Position)];
}
