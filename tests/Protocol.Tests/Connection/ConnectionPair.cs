using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;

namespace SshGateway.Protocol.Tests.Connection;

/// <summary>The connection protocol between a client and a server of ours, in memory; who the user is plays no part.</summary>
internal sealed class ConnectionPair : IAsyncDisposable
{
    private readonly TransportPair _transports;

    private ConnectionPair(TransportPair transports, SshConnectionOptions client, SshConnectionOptions server)
    {
        _transports = transports;
        Client = new SshConnection(transports.Client, client);
        Server = new SshConnection(transports.Server, server);
        ClientRun = Task.Run(() => Client.RunAsync());
        ServerRun = Task.Run(() => Server.RunAsync());
    }

    public SshConnection Client { get; }

    public SshConnection Server { get; }

    public Task ClientRun { get; }

    public Task ServerRun { get; }

    public static async Task<ConnectionPair> ConnectAsync(
        SshConnectionOptions? client = null, SshConnectionOptions? server = null, SshTransportOptions? clientTransport = null, SshTransportOptions? serverTransport = null) =>
        new(await TransportPair.ConnectAsync(clientTransport, serverTransport), client ?? new(), server ?? new());

    /// <summary>A pair whose server accepts every channel, and one channel of it from both ends.</summary>
    public static async Task<(ConnectionPair Pair, SshChannel Client, SshChannel Server)> OpenAsync(
        SshConnectionOptions? client = null, SshConnectionOptions? server = null, Action<ChannelRequest>? clientRequests = null, Action<ChannelRequest>? serverRequests = null)
    {
        var accepted = new TaskCompletionSource<SshChannel>(TaskCreationOptions.RunContinuationsAsynchronously);
        ConnectionPair pair = await ConnectAsync(
            client, (server ?? new()) with { ChannelOpening = request => accepted.TrySetResult(request.Accept(serverRequests)) });
        SshChannel channel = await pair.Client.OpenChannelAsync("session", default, clientRequests).WaitAsync(TransportPair.Patience);
        return (pair, channel, await accepted.Task.WaitAsync(TransportPair.Patience));
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await Task.WhenAll(ClientRun, ServerRun).WaitAsync(TransportPair.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _transports.DisposeAsync();
    }
}
