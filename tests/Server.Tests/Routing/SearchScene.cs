using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Health;
using SshGateway.Server.Routing;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;

namespace SshGateway.Server.Tests.Routing;

/// <summary>Logins to hosts that answer when the test says so.</summary>
internal sealed class SearchScene : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, FakeHost> _hosts = new(StringComparer.Ordinal);
    private int _logins;

    public SearchScene() => Health = new HostHealth(Store, Events.Add, TimeProvider.System, NullLogger.Instance);

    public MemoryStateStore Store { get; } = new();

    public HostHealth Health { get; }

    public ConcurrentBag<EventRecord> Events { get; } = [];

    public FakeHost Host(string name) => _hosts.GetOrAdd(name + ":22", _ => new FakeHost());

    public Login Login(string user, string[] pool, Func<LoginRequest, LoginRequest>? change = null, IStateStore? store = null, TimeSpan? loyalty = null)
    {
        var request = new LoginRequest
        {
            Connection = new ConnectionRecord
            {
                Id = $"{Interlocked.Increment(ref _logins):X10}",
                Gateway = "gw",
                User = user,
                Service = "default",
                Client = "192.0.2.7:4000",
                From = "192.0.2.1:22",
                Start = DateTimeOffset.UtcNow,
            },
            Candidates = [.. pool.Select(name => name + ":22")],
            IsSticky = true,
            DownFor = TimeSpan.FromMinutes(5),
            Rank = DestinationPolicies.ForLogin(RouteSelect.Ordered),
        };
        request = change?.Invoke(request) ?? request;
        var race = new DialRace(ConnectAsync, Health, request.DownFor, request.Connection.Id, TimeProvider.System, NullLogger.Instance);
        return new Login(new DestinationSearch(store ?? Store, request, race, loyalty ?? TimeSpan.FromMinutes(1), TimeProvider.System), race, request);
    }

    public async Task<HostRecord?> StateOfAsync(string host) =>
        (await Store.GetHostsAsync(CancellationToken.None)).FirstOrDefault(record => record.Host == host + ":22");

    public async Task<string[]> ConnectedHostsAsync() => [.. (await Store.GetConnectionsAsync(CancellationToken.None)).Select(connection => connection.Host)];

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    private async Task<DialedDestination> ConnectAsync(HostEndpoint host, CancellationToken cancellationToken)
    {
        FakeHost fake = _hosts.GetOrAdd(host.ToString(), _ => new FakeHost());
        await fake.DialAsync(cancellationToken);
        var transport = new SshTransport(Stream.Null, isServer: false, new SshTransportOptions { Algorithms = OfferedAlgorithms.Destination(false), SoftwareVersion = "Test" });
        return new DialedDestination(host, transport);
    }
}

internal sealed record Login(DestinationSearch Search, DialRace Race, LoginRequest Request)
{
    public async Task<string> FindAsync() => (await Search.FindAsync().WaitAsync(SearchScene.Patience)).Host;
}

internal sealed class FakeHost
{
    private readonly SemaphoreSlim _dialed = new(0);
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DestinationException? _failure;
    private bool _isSilent;
    private int _dials;

    public int Dials => Volatile.Read(ref _dials);

    public FakeHost Fails(string reason = "refused", FailureKind kind = FailureKind.Unreachable)
    {
        _failure = new DestinationException(kind, reason);
        return this;
    }

    public FakeHost IsSilent()
    {
        _isSilent = true;
        return this;
    }

    public void Answer() => _answer.SetResult();

    public Task WaitForDialAsync() => _dialed.WaitAsync(SearchScene.Patience);

    public async Task DialAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _dials);
        _dialed.Release();
        if (_isSilent) await _answer.Task.WaitAsync(cancellationToken);
        if (_failure is not null) throw _failure;
    }
}
