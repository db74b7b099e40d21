using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using Xunit;

namespace SshGateway.Protocol.Tests.Agent;

/// <summary>A real ssh-agent as signer of our client: keys that it confines to some hosts work there, and nowhere else.</summary>
public sealed class AgentMethodTests
{
    private static readonly PrivateKey ListedHost = TestKeys.Get("ed25519", number: 20);
    private static readonly PrivateKey OtherHost = TestKeys.Get("ed25519", number: 21);

    [Fact]
    public async Task A_key_of_the_agent_lets_in()
    {
        using var agent = new AgentProcess();
        agent.Add(TestKeys.Ed25519, "");
        (UserauthResult result, bool? bound) = await LogInAsync(agent, OtherHost);
        Assert.True(result.IsSuccess);
        Assert.True(bound);
    }

    [Fact]
    public async Task A_destination_restricted_key_lets_in_where_it_may()
    {
        using var agent = new AgentProcess();
        AddRestricted(agent);
        Assert.True((await LogInAsync(agent, ListedHost)).Result.IsSuccess);
    }

    [Fact]
    public async Task A_destination_restricted_key_does_not_sign_for_another_host()
    {
        using var agent = new AgentProcess();
        AddRestricted(agent);
        (UserauthResult result, bool? bound) = await LogInAsync(agent, OtherHost);
        Assert.False(result.IsSuccess);
        Assert.True(bound);
    }

    [Fact]
    public async Task Without_a_bound_session_a_destination_restricted_key_does_not_sign()
    {
        using var agent = new AgentProcess();
        AddRestricted(agent);
        await using AgentClient client = await AgentClient.ConnectAsync(agent.SocketPath, default);
        var method = new PublickeyClientMethod([new AgentSigner(client, TestKeys.Ed25519.PublicKey)]);
        Assert.False((await LogInAsync(ListedHost, method)).IsSuccess);
    }

    private static void AddRestricted(AgentProcess agent)
    {
        agent.Folder.Write("known_hosts", $"listed.example {ListedHost.PublicKey}\n");
        agent.Add(TestKeys.Ed25519, "", "-H", agent.Folder["known_hosts"], "-h", "listed.example");
    }

    private static async Task<(UserauthResult Result, bool? IsBound)> LogInAsync(AgentProcess agent, PrivateKey host)
    {
        await using AgentClient client = await AgentClient.ConnectAsync(agent.SocketPath, default);
        var method = new AgentClientMethod(client);
        return (await LogInAsync(host, method), method.IsBound);
    }

    private static async Task<UserauthResult> LogInAsync(PrivateKey host, ClientAuthenticationMethod method)
    {
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        var server = new SshServer(new SshServerOptions
        {
            HostKeys = [host],
            Users = new AuthorizedKeySet([TestKeys.Ed25519.PublicKey]),
            Sessions = static _ => new NothingToRun(),
        });
        Task serving = Task.Run(() => server.ServeAsync(far));
        await using (var transport = new SshTransport(near, isServer: false, TransportPair.ClientOptions with
        {
            VerifyHostKey = (key, _) => ValueTask.FromResult(key.Equals(host.PublicKey)),
        }))
        {
            await transport.HandshakeAsync(CancellationToken.None).WaitAsync(TransportPair.Patience);
            UserauthResult result = await new UserauthClient(transport).AuthenticateAsync("user", [method], CancellationToken.None).WaitAsync(TransportPair.Patience);
            transport.Abort();
            await serving.WaitAsync(TransportPair.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return result;
        }
    }

    private sealed class NothingToRun : ISessionHandler
    {
        public Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken) => Task.FromResult<ExitStatus>(0);
    }
}
