using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Admin.Http;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Listeners;
using SshGateway.Server.Privileged;
using SshGateway.Server.Tests.State;
using SshGateway.Storage.State.Resilience;
using Xunit;

namespace SshGateway.Server.Tests.Admin.Http;

public sealed class ReadinessTests
{
    private static readonly StateStoreStatus Available = new(true, "", DateTimeOffset.UnixEpoch, TimeSpan.Zero, 0, 0);
    private static readonly StateStoreStatus Away = Available with { IsAvailable = false, Problem = "connection refused" };

    [Fact]
    public async Task A_gateway_that_can_serve_is_ready()
    {
        await using Scene scene = new(mandatory: false);
        Assert.Equal("", await scene.FailedAsync(Available));
    }

    [Fact]
    public async Task A_store_that_is_away_matters_where_it_is_mandatory()
    {
        await using Scene optional = new(mandatory: false);
        Assert.Equal("", await optional.FailedAsync(Away));
        await using Scene mandatory = new(mandatory: true);
        Assert.Equal("state: away: connection refused", await mandatory.FailedAsync(Away));
    }

    [Fact]
    public async Task A_gateway_that_stops_listens_to_nobody_and_is_not_ready()
    {
        await using Scene scene = new(mandatory: false);
        await scene.Server.StopAsync("test", CancellationToken.None);
        Assert.Equal("stopping: the gateway is stopping; 0 sessions are left\nlisteners: 0 addresses", await scene.FailedAsync(Available));
    }

    [Fact]
    public async Task A_gateway_without_host_keys_or_methods_is_not_ready()
    {
        await using Scene scene = new(mandatory: false, hasKey: false, methods: [["password"]]);
        string failed = await scene.FailedAsync(Available);
        Assert.Contains("host_keys: 0 keys", failed, StringComparison.Ordinal);
        Assert.Contains("methods: ; password is not offered: ", failed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_nobody_answers_for_is_told_of()
    {
        var gone = new GoneHelper();
        await using Scene scene = new(mandatory: false, helper: gone);
        Assert.Equal("helper: it has gone", await scene.FailedAsync(Available));
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly StateScene _state = new();
        private readonly PrivateKey _key = PrivateKey.GenerateEd25519();

        public Scene(bool mandatory, bool hasKey = true, IReadOnlyList<IReadOnlyList<string>>? methods = null, IPrivilegedHelper? helper = null)
        {
            Server = new GatewayServer(new GatewayServices
            {
                Configuration = new GatewayConfiguration
                {
                    State = new StateConfiguration { Mandatory = mandatory },
                    Auth = new AuthConfiguration { Methods = methods ?? [["publickey"]] },
                },
                HostKeys = hasKey ? [_key] : [],
                DestinationKeys = new DestinationKeyRing(),
                State = _state.State,
                Logger = NullLogger.Instance,
                Helper = helper ?? new NoPrivilege(),
            });
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();
            Server.Start([socket]);
        }

        public GatewayServer Server { get; }

        /// <summary>What is not in order, a line each.</summary>
        public async Task<string> FailedAsync(StateStoreStatus status)
        {
            HealthReport report = await new Readiness(Server, () => status).CheckAsync(CancellationToken.None);
            return string.Join('\n', report.Checks.Where(check => !check.IsGood).Select(check => $"{check.Name}: {check.Detail}"));
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await _state.DisposeAsync();
            _key.Dispose();
        }
    }

    private sealed class GoneHelper : IPrivilegedHelper
    {
        private static Exception Gone => new PrivilegedHelperException("it has gone");

        public string? Missing(PrivilegedTask task) => null;

        public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(Gone.Message);

        public Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken) => throw Gone;

        public Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken) => throw Gone;

        public Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken) => throw Gone;

        public Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw Gone;

        public Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken) => throw Gone;

        public Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
