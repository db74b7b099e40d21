using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using Xunit;

namespace SshGateway.Protocol.Tests.Agent;

public sealed class AgentClientTests
{
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");

    [Fact]
    public async Task Keys_of_a_real_agent_are_listed_and_sign()
    {
        using var agent = new AgentProcess();
        PrivateKey[] keys = [TestKeys.Ed25519, TestKeys.Rsa, TestKeys.Get("ecdsa", "256"), TestKeys.Get("ecdsa", "521")];
        foreach (PrivateKey key in keys) agent.Add(key, "comment of " + key.PublicKey.KeyType);
        await using AgentClient client = await AgentClient.ConnectAsync(agent.SocketPath, default);
        IReadOnlyList<AgentIdentity> identities = await client.ListAsync(default);
        Assert.Equal(keys.Select(key => key.PublicKey), identities.Select(identity => identity.Key));
        Assert.Equal("comment of ssh-rsa", identities[1].Comment);
        foreach (AgentIdentity identity in identities)
        {
            var signer = new AgentSigner(client, identity.Key);
            foreach (string algorithm in identity.Key.SignatureAlgorithms)
            {
                byte[] signature = await signer.SignAsync(algorithm, Data, default);
                Assert.True(identity.Key.Verify(algorithm, Data, signature), algorithm);
            }
        }
    }

    [Fact]
    public async Task A_certificate_signs_through_an_agent_that_holds_its_key()
    {
        using var agent = new AgentProcess();
        agent.Add(TestKeys.Rsa, "");
        Certificate certificate = await CertifyAsync(TestKeys.Rsa.PublicKey);
        var signer = new CertificateSigner(new AgentSigner(agent.SocketPath, TestKeys.Rsa.PublicKey), certificate);
        foreach (string algorithm in certificate.SignatureAlgorithms)
        {
            byte[] signature = await signer.SignAsync(algorithm, Data, default);
            Assert.True(certificate.Verify(algorithm, Data, signature), algorithm);
        }
    }

    [Fact]
    public async Task A_key_the_agent_does_not_hold_is_refused_and_the_connection_lives_on()
    {
        using var agent = new AgentProcess();
        agent.Add(TestKeys.Ed25519, "");
        await using AgentClient client = await AgentClient.ConnectAsync(agent.SocketPath, default);
        await Assert.ThrowsAsync<AgentException>(async () => await client.SignAsync(TestKeys.Rsa.PublicKey, KeyTypes.RsaSha512, Data, default));
        Assert.NotEmpty(await client.SignAsync(TestKeys.Ed25519.PublicKey, KeyTypes.Ed25519, Data, default));
    }

    [Fact]
    public async Task Many_callers_share_one_connection()
    {
        using var agent = new AgentProcess();
        agent.Add(TestKeys.Ed25519, "");
        await using AgentClient client = await AgentClient.ConnectAsync(agent.SocketPath, default);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async n =>
        {
            byte[] data = BitConverter.GetBytes(n);
            byte[] signature = await client.SignAsync(TestKeys.Ed25519.PublicKey, KeyTypes.Ed25519, data, default);
            Assert.True(TestKeys.Ed25519.PublicKey.Verify(KeyTypes.Ed25519, data, signature));
        }));
    }

    [Fact]
    public async Task A_real_agent_binds_a_session_whose_signature_is_right()
    {
        using var agent = new AgentProcess();
        PrivateKey host = TestKeys.Get("ed25519", number: 8);
        byte[] sessionId = new byte[32], signature = host.Sign(KeyTypes.Ed25519, sessionId);
        await using AgentClient client = await AgentClient.ConnectAsync(agent.SocketPath, default);
        Assert.True(await client.BindSessionAsync(host.PublicKey, sessionId, signature, isForwarding: false, default));
        await using AgentClient second = await AgentClient.ConnectAsync(agent.SocketPath, default);
        signature[^1] ^= 1;
        Assert.False(await second.BindSessionAsync(host.PublicKey, sessionId, signature, isForwarding: false, default));
    }

    [Fact]
    public async Task Nobody_listening_is_an_agent_error()
    {
        using var folder = new TempFolder();
        await Assert.ThrowsAsync<AgentException>(async () => await AgentClient.ConnectAsync(folder["absent"], default));
        await Assert.ThrowsAsync<AgentException>(async () => await AgentClient.ConnectAsync(new string('x', 5000), default));
    }

    [Fact]
    public async Task Every_truncation_of_a_list_is_an_agent_error()
    {
        byte[] answer = [12, 0, 0, 0, 1, .. String(TestKeys.Ed25519.PublicKey.Blob.ToArray()), .. String([(byte)'c'])];
        Assert.Equal("c", Assert.Single(await ListFromAsync(answer)).Comment);
        for (int length = 1; length < answer.Length; length++)
            await Assert.ThrowsAsync<AgentException>(() => ListFromAsync(answer[..length]));
        await Assert.ThrowsAsync<AgentException>(() => ListFromAsync([.. answer, 0]));
        await Assert.ThrowsAsync<AgentException>(() => ListFromAsync([12, 0xff, 0xff, 0xff, 0xff]));
        await Assert.ThrowsAsync<AgentException>(() => ListFromAsync([5]));
    }

    [Fact]
    public async Task Keys_of_unknown_types_are_left_out()
    {
        byte[] unknown = String(String("ssh-dss"u8.ToArray()));
        byte[] answer = [12, 0, 0, 0, 2, .. unknown, .. String([]), .. String(TestKeys.Ed25519.PublicKey.Blob.ToArray()), .. String([])];
        Assert.Equal(TestKeys.Ed25519.PublicKey, Assert.Single(await ListFromAsync(answer)).Key);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData((256 * 1024) + 1u)]
    [InlineData(uint.MaxValue)]
    public async Task An_answer_of_impossible_length_ends_the_connection(uint length)
    {
        (AgentClient client, Socket agent) = Connected();
        await using AgentClient owned = client;
        using Socket peer = agent;
        byte[] header = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(header, length);
        await peer.SendAsync(header);
        await Assert.ThrowsAsync<AgentException>(async () => await client.ListAsync(default));
        await Assert.ThrowsAsync<AgentException>(async () => await client.ListAsync(default));
    }

    [Fact]
    public async Task An_agent_that_hangs_up_or_signs_with_another_algorithm_is_an_agent_error()
    {
        (AgentClient client, Socket agent) = Connected();
        await using AgentClient owned = client;
        byte[] wrong = [14, .. String(TestKeys.Rsa.Sign(KeyTypes.RsaSha256, Data))];
        await agent.SendAsync(String(wrong));
        await Assert.ThrowsAsync<AgentException>(async () => await client.SignAsync(TestKeys.Rsa.PublicKey, KeyTypes.RsaSha512, Data, default));
        agent.Dispose();
        await Assert.ThrowsAsync<AgentException>(async () => await client.ListAsync(default));
    }

    private static async Task<IReadOnlyList<AgentIdentity>> ListFromAsync(byte[] answer)
    {
        (AgentClient client, Socket agent) = Connected();
        await using AgentClient owned = client;
        using Socket peer = agent;
        await peer.SendAsync(String(answer));
        peer.Shutdown(SocketShutdown.Send);
        return await client.ListAsync(default);
    }

    private static (AgentClient Client, Socket Agent) Connected()
    {
        using var folder = new TempFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var address = new UnixDomainSocketEndPoint(folder["socket"]);
        listener.Bind(address);
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(address);
        return (new AgentClient(new NetworkStream(client, ownsSocket: true)), listener.Accept());
    }

    private static async Task<Certificate> CertifyAsync(PublicKey key) => await new CertificateBuilder
    {
        Key = key,
        KeyId = "id",
        Principals = ["alice"],
        ValidAfter = DateTimeOffset.UnixEpoch,
        ValidBefore = DateTimeOffset.UnixEpoch.AddYears(200),
    }.SignAsync(TestKeys.Ed25519, default);

    private static byte[] String(byte[] bytes)
    {
        byte[] framed = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed, bytes.Length);
        bytes.CopyTo(framed, 4);
        return framed;
    }
}
