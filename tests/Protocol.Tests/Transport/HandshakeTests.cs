using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Ciphers;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

public class HandshakeTests
{
    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    public static TheoryData<string> Methods => [.. KexCatalog.ClientDefaults, .. KexCatalog.Legacy];

    [Theory]
    [MemberData(nameof(Constructions))]
    public async Task Every_cipher_and_MAC_carries_messages_of_all_sizes_across_a_rekey(string cipher, string? mac)
    {
        AlgorithmPreferences Only(AlgorithmPreferences offer) => offer with { KeyExchanges = ["curve25519-sha256"], Ciphers = [cipher], Macs = [mac ?? "hmac-sha2-256"] };
        await using TransportPair pair = await TransportPair.ConnectReadingAsync(
            TransportPair.ClientOptions with { Algorithms = Only(TransportPair.ClientOptions.Algorithms) },
            TransportPair.ServerOptions with { Algorithms = Only(TransportPair.ServerOptions.Algorithms) });
        Assert.Equal((cipher, cipher, mac ?? ""), (pair.Server.Algorithms!.CipherIn, pair.Client.Algorithms!.CipherIn, pair.Client.Algorithms.MacOut));
        foreach (int size in new[] { 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 255, 32_768, 34_000 })
        {
            await pair.AssertCarriesAsync(fromClient: true, size);
            await pair.AssertCarriesAsync(fromClient: false, size);
            if (size == 17) pair.Client.StartRekey();
        }

        await pair.AssertKeyExchangesAsync(2);
        Assert.Equal(pair.Client.BytesSent, pair.Server.BytesReceived);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Every_key_exchange_method_agrees(string method)
    {
        await using TransportPair pair = await TransportPair.ConnectReadingAsync(
            TransportPair.ClientOptions with { Algorithms = TransportPair.ClientOptions.Algorithms with { KeyExchanges = [method] } },
            TransportPair.ServerOptions with { Algorithms = TransportPair.ServerOptions.Algorithms with { KeyExchanges = [method] } });
        Assert.Equal(method, pair.Client.Algorithms!.KeyExchange);
        Assert.True(pair.Client.SessionId.Span.SequenceEqual(pair.Server.SessionId.Span));
        await pair.AssertCarriesAsync(fromClient: true, 100);
        byte[] sessionId = pair.Client.SessionId.ToArray();
        pair.Server.StartRekey();
        await pair.AssertKeyExchangesAsync(2);
        Assert.Equal(sessionId, pair.Client.SessionId.ToArray());
    }

    [Theory]
    [InlineData("ed25519", "", "ssh-ed25519")]
    [InlineData("rsa", "2048", "rsa-sha2-512")]
    [InlineData("rsa", "2048", "rsa-sha2-256")]
    [InlineData("ecdsa", "256", "ecdsa-sha2-nistp256")]
    [InlineData("ecdsa", "521", "ecdsa-sha2-nistp521")]
    public async Task Every_host_key_signs(string type, string bits, string algorithm)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        PublicKey? seen = null;
        await using TransportPair pair = await TransportPair.ConnectAsync(
            TransportPair.ClientOptions with
            {
                Algorithms = TransportPair.ClientOptions.Algorithms with { HostKeys = [algorithm] },
                VerifyHostKey = (shown, _) => ValueTask.FromResult((seen = shown) is not null),
            },
            TransportPair.ServerOptions with { HostKeys = [key], Algorithms = TransportPair.ServerOptions.Algorithms with { HostKeys = ["ssh-ed25519", algorithm] } });
        Assert.Equal(key.PublicKey, seen);
        Assert.Equal(algorithm, pair.Server.Algorithms!.HostKey);
    }

    [Fact]
    public async Task Strict_key_exchange_and_extensions_are_in_force()
    {
        await using TransportPair pair = await TransportPair.ConnectReadingAsync();
        Assert.True(pair.Client.Algorithms!.IsStrict);
        Assert.True(pair.Server.Algorithms!.IsStrict);
        await pair.AssertCarriesAsync(fromClient: false, 10);
        Assert.Equal(["ping@openssh.com", "publickey-hostbound@openssh.com", "server-sig-algs"], pair.Client.PeerExtensions.Keys.Order());
        Assert.Equal(string.Join(',', AlgorithmDefaults.UserKeys.Where(name => !KeyTypes.IsCertificateName(name))), System.Text.Encoding.ASCII.GetString(pair.Client.PeerExtensions["server-sig-algs"]));
        Assert.Empty(pair.Server.PeerExtensions);
        Assert.Equal("SSH-2.0-SshGateway_0.1", pair.Client.PeerIdentification);
        Assert.False(pair.Client.PeerIsOpenSsh);
    }

    [Theory]
    [InlineData(true, "aes128-gcm@openssh.com")]
    [InlineData(false, "chacha20-poly1305@openssh.com")]
    public async Task The_server_prefers_GCM_where_it_is_told_to(bool preferGcm, string expected)
    {
        string[] ciphers = ["chacha20-poly1305@openssh.com", "aes128-ctr", "aes128-gcm@openssh.com"];
        await using TransportPair pair = await TransportPair.ConnectAsync(
            TransportPair.ClientOptions with { Algorithms = TransportPair.ClientOptions.Algorithms with { Ciphers = ciphers } },
            TransportPair.ServerOptions with { PreferGcm = preferGcm });
        Assert.Equal(expected, pair.Client.Algorithms!.CipherIn);
    }

    [Fact]
    public async Task A_server_that_prefers_GCM_takes_what_a_client_without_it_has()
    {
        await using TransportPair pair = await TransportPair.ConnectAsync(
            TransportPair.ClientOptions with { Algorithms = TransportPair.ClientOptions.Algorithms with { Ciphers = ["aes256-ctr"] } },
            TransportPair.ServerOptions with { PreferGcm = true });
        Assert.Equal("aes256-ctr", pair.Client.Algorithms!.CipherIn);
    }

    [Fact]
    public async Task A_server_that_prefers_GCM_does_not_wait_for_ever_for_the_clients_KEXINIT()
    {
        var time = new ManualTime();
        (DuplexStream clientStream, DuplexStream serverStream) = DuplexStream.CreatePair();
        await using var server = new SshTransport(serverStream, isServer: true, TransportPair.ServerOptions with { PreferGcm = true, TimeProvider = time });
        Task handshake = server.HandshakeAsync(CancellationToken.None);
        await using var peer = new RawPeer(clientStream, isServer: false, TestKeys.Ed25519);
        await peer.AdvanceAsync(RawStep.KexInit);
        Task<byte[]> kexInit = peer.ExpectAsync(MessageId.KexInit);
        while (!kexInit.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        Assert.Contains("chacha20-poly1305@openssh.com", KexInitMessage.Parse(await kexInit).CiphersClientToServer);
        server.Abort();
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => handshake.WaitAsync(TransportPair.Patience));
    }

    [Theory]
    [InlineData("KeyExchanges", "key exchange method")]
    [InlineData("HostKeys", "host key type")]
    [InlineData("Ciphers", "cipher")]
    [InlineData("Macs", "MAC")]
    [InlineData("Compressions", "compression method")]
    public async Task Nothing_in_common_fails_and_says_what(string list, string expected)
    {
        AlgorithmPreferences offer = TransportPair.ClientOptions.Algorithms with { Ciphers = ["aes128-ctr"] };
        AlgorithmPreferences strange = list switch
        {
            "KeyExchanges" => offer with { KeyExchanges = ["diffie-hellman-group1-sha1"] },
            "HostKeys" => offer with { HostKeys = ["ssh-dss"] },
            "Ciphers" => offer with { Ciphers = ["3des-cbc"] },
            "Macs" => offer with { Macs = ["hmac-md5"] },
            _ => offer with { Compressions = ["zlib"] },
        };
        await using TransportPair pair = TransportPair.Create(TransportPair.ClientOptions with { Algorithms = strange });
        Task client = pair.Client.HandshakeAsync(CancellationToken.None);
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => pair.Server.HandshakeAsync(CancellationToken.None).WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.KeyExchangeFailed, error.Reason);
        Assert.StartsWith($"no matching {expected} found", error.Message, StringComparison.Ordinal);
        await pair.Server.DisconnectAsync(error.Reason, error.Message);
        await Assert.ThrowsAnyAsync<Exception>(() => client.WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task A_cancelled_handshake_ends()
    {
        (DuplexStream _, DuplexStream serverStream) = DuplexStream.CreatePair();
        await using var server = new SshTransport(serverStream, isServer: true, TransportPair.ServerOptions);
        using var cancel = new CancellationTokenSource();
        Task handshake = server.HandshakeAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => handshake.WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task A_host_key_that_changes_at_a_rekey_is_judged_again()
    {
        var hostKeys = new List<ISshSigner> { TransportPair.HostKey };
        int judged = 0;
        await using TransportPair pair = await TransportPair.ConnectReadingAsync(
            TransportPair.ClientOptions with { VerifyHostKey = (key, _) => ValueTask.FromResult(++judged > 0 && key.Equals(TransportPair.HostKey.PublicKey)) },
            TransportPair.ServerOptions with { HostKeys = hostKeys });
        pair.Client.StartRekey();
        await pair.AssertKeyExchangesAsync(2);
        Assert.Equal(1, judged);

        hostKeys[0] = TestKeys.Get("ed25519", number: 666);
        pair.Client.StartRekey();
        pair.Client.FlushInBackground();
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => pair.ClientInbox.ReadAsync());
        Assert.Equal((DisconnectReason.HostKeyNotVerifiable, 2), (error.Reason, judged));
    }
}
