using SshGateway.Protocol.Connection;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Attacks;

/// <summary>Key exchange values, guesses, rekeying and host keys.</summary>
public class KeyExchangeTests
{
    /// <summary>Values of small order on curve25519, and fields out of range.</summary>
    private static readonly string[] WeakCurveValues =
    [
        new string('0', 64),
        "01" + new string('0', 62),
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    private static readonly Dictionary<string, (string Method, byte[] Share)> ClientShares = new(StringComparer.Ordinal)
    {
        ["curve25519, nothing"] = ("curve25519-sha256", []),
        ["curve25519, 31 bytes"] = ("curve25519-sha256", Filled(31)),
        ["curve25519, 33 bytes"] = ("curve25519-sha256", Filled(33)),
        ["nistp256, nothing"] = ("ecdh-sha2-nistp256", []),
        ["nistp256, infinity"] = ("ecdh-sha2-nistp256", [0]),
        ["nistp256, off the curve"] = ("ecdh-sha2-nistp256", [4, .. Filled(64)]),
        ["nistp256, zeros"] = ("ecdh-sha2-nistp256", [4, .. new byte[64]]),
        ["nistp256, compressed"] = ("ecdh-sha2-nistp256", [2, .. Filled(32)]),
        ["nistp256, one byte more"] = ("ecdh-sha2-nistp256", [4, .. Filled(65)]),
        ["nistp521, off the curve"] = ("ecdh-sha2-nistp521", [4, .. new byte[131], 1]),
        ["group14, 0"] = ("diffie-hellman-group14-sha256", []),
        ["group14, 1"] = ("diffie-hellman-group14-sha256", [1]),
        ["group14, p - 1"] = ("diffie-hellman-group14-sha256", [0, .. Less(FiniteFieldGroup.Group14.Prime, 1)]),
        ["group14, p"] = ("diffie-hellman-group14-sha256", [0, .. FiniteFieldGroup.Group14.Prime]),
        ["group14, larger"] = ("diffie-hellman-group14-sha256", [0, .. Enumerable.Repeat((byte)0xff, 256)]),
        ["group14, negative"] = ("diffie-hellman-group14-sha256", [0x80, 1, 2]),
        ["group14, 64 KiB"] = ("diffie-hellman-group14-sha256", [1, .. new byte[30_000]]),
        ["ML-KEM, nothing"] = ("mlkem768x25519-sha256", []),
        ["ML-KEM, too short"] = ("mlkem768x25519-sha256", Filled(1184 + 31)),
        ["ML-KEM, too long"] = ("mlkem768x25519-sha256", Filled(1184 + 33)),
        ["ML-KEM, coefficients of 4,095"] = ("mlkem768x25519-sha256", [.. Enumerable.Repeat((byte)0xff, 1184), .. Filled(32)]),
        ["ML-KEM, curve value of low order"] = ("mlkem768x25519-sha256", new byte[1184 + 32]),
        ["sntrup761, too short"] = ("sntrup761x25519-sha512", Filled(1158 + 31)),
        ["sntrup761, curve value of low order"] = ("sntrup761x25519-sha512", [.. Filled(1158), .. new byte[32]]),
    };

    private static readonly Dictionary<string, (string Method, byte[] Share)> ServerShares = new(StringComparer.Ordinal)
    {
        ["curve25519, 31 bytes"] = ("curve25519-sha256", Filled(31)),
        ["curve25519, low order"] = ("curve25519-sha256", new byte[32]),
        ["nistp256, infinity"] = ("ecdh-sha2-nistp256", [0]),
        ["nistp256, off the curve"] = ("ecdh-sha2-nistp256", [4, .. Filled(64)]),
        ["group14, 0"] = ("diffie-hellman-group14-sha256", []),
        ["group14, 1"] = ("diffie-hellman-group14-sha256", [1]),
        ["group14, p - 1"] = ("diffie-hellman-group14-sha256", [0, .. Less(FiniteFieldGroup.Group14.Prime, 1)]),
        ["ML-KEM, too short"] = ("mlkem768x25519-sha256", Filled(1088 + 31)),
        ["ML-KEM, curve value of low order"] = ("mlkem768x25519-sha256", new byte[1088 + 32]),
        ["sntrup761, too long"] = ("sntrup761x25519-sha512", Filled(1039 + 33)),
    };

    public static TheoryData<string> ClientShareNames => [.. ClientShares.Keys];

    public static TheoryData<string> ServerShareNames => [.. ServerShares.Keys];

    [Theory]
    [MemberData(nameof(ClientShareNames))]
    public async Task A_client_with_an_impossible_share_is_refused(string name)
    {
        await using Victim victim = Victim.Server();
        victim.Peer.Offer = victim.Peer.Offer with { KeyExchanges = [ClientShares[name].Method] };
        await victim.Peer.AdvanceAsync(RawStep.KexMethod);
        await victim.Peer.SendShareAsync(ClientShares[name].Share);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, await victim.AssertRefusesAsync(name));
    }

    [Fact]
    public async Task A_client_with_a_value_of_low_order_is_refused()
    {
        foreach (string value in WeakCurveValues)
        {
            await using Victim victim = Victim.Server();
            await victim.Peer.AdvanceAsync(RawStep.KexMethod);
            await victim.Peer.SendShareAsync(Convert.FromHexString(value));
            Assert.Equal(DisconnectReason.KeyExchangeFailed, await victim.AssertRefusesAsync(value));
        }

        await Victim.AssertLivesAsync(isServer: true);
    }

    [Theory]
    [MemberData(nameof(ServerShareNames))]
    public async Task A_server_with_an_impossible_share_is_refused(string name)
    {
        await using Victim victim = Victim.Client();
        victim.Peer.Offer = victim.Peer.Offer with { KeyExchanges = [ServerShares[name].Method] };
        await victim.Peer.AdvanceAsync(RawStep.KexMethod);
        await victim.Peer.SendReplyAsync(ServerShares[name].Share, RawPeer.EncodeString("ssh-ed25519"u8));
        Assert.Equal(DisconnectReason.KeyExchangeFailed, await victim.AssertRefusesAsync(name));
        Assert.DoesNotContain(MessageId.UserauthRequest, victim.Peer.Seen);
    }

    [Fact]
    public async Task A_server_without_its_private_key_is_refused_before_anything_is_said()
    {
        foreach (byte[] signature in new byte[][] { [], RawPeer.EncodeString("ssh-ed25519"u8), [.. RawPeer.EncodeString("ssh-ed25519"u8), .. RawPeer.EncodeString(new byte[64])] })
        {
            await using Victim victim = Victim.Client();
            await victim.Peer.AdvanceAsync(RawStep.KexMethod);
            await victim.Peer.SendReplyAsync(Filled(32), signature);
            Assert.Equal(DisconnectReason.KeyExchangeFailed, await victim.AssertRefusesAsync("wrong signature"));
            Assert.Equal([MessageId.Disconnect], victim.Peer.Seen);
        }
    }

    [Fact]
    public async Task A_server_with_another_host_key_learns_nothing()
    {
        await using Victim victim = Victim.Client(Victim.ClientOptions with { VerifyHostKey = (_, _) => ValueTask.FromResult(false) });
        await victim.Peer.AdvanceAsync(RawStep.NewKeys);
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, await victim.AssertRefusesAsync("untrusted host key"));
        Assert.Equal([MessageId.Disconnect], victim.Peer.Seen);
    }

    [Fact]
    public async Task A_key_store_that_fails_refuses()
    {
        await using Victim victim = Victim.Client(Victim.ClientOptions with { VerifyHostKey = (_, _) => throw new SshProtocolException(DisconnectReason.HostKeyNotVerifiable, "the key store cannot be read") });
        await victim.Peer.AdvanceAsync(RawStep.NewKeys);
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, await victim.AssertRefusesAsync("failing key store"));
        Assert.Equal([MessageId.Disconnect], victim.Peer.Seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_KEXINIT_of_many_names_is_refused(bool isServer)
    {
        foreach (int names in new[] { 1_100, 4_000, 30_000, 60_000 })
        {
            await using Victim victim = Victim.Create(isServer);
            await victim.Peer.AdvanceAsync(RawStep.KexInit);
            byte[] list = System.Text.Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, names).Select(i => $"m{i % 10}")));
            await victim.Peer.SendAsync([(byte)MessageId.KexInit, .. new byte[16], .. RawPeer.EncodeString(list), .. new byte[9 * 4 + 5]]);
            await victim.AssertRefusesAsync($"{names} names");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_KEXINIT_cut_anywhere_is_refused(bool isServer)
    {
        byte[] payload = KexInitMessage.Create(AlgorithmDefaults.Server, []).Payload;
        for (int length = 1; length < payload.Length; length += length < 40 ? 1 : 29)
        {
            await using Victim victim = Victim.Create(isServer);
            await victim.Peer.AdvanceAsync(RawStep.KexInit);
            await victim.Peer.SendAsync(payload[..length]);
            await victim.AssertRefusesAsync($"{length} bytes of KEXINIT");
        }
    }

    [Fact]
    public async Task A_wrong_guess_is_skipped_once()
    {
        await using Victim victim = Victim.Server();
        victim.Peer.Offer = victim.Peer.Offer with { KeyExchanges = ["diffie-hellman-group1-sha1", "curve25519-sha256"] };
        await victim.Peer.AdvanceAsync(RawStep.KexInit);
        await victim.Peer.SendKexInitAsync(firstKexPacketFollows: true);
        await victim.Peer.SendShareAsync([1, 2, 3]);
        await victim.Peer.ReceiveKexInitAsync();
        victim.Peer.Skip();
        await victim.Peer.AdvanceAsync(RawStep.Authenticated);
        await victim.AssertAnswersAsync();
    }

    [Fact]
    public async Task A_second_wrong_guess_is_refused()
    {
        await using Victim victim = Victim.Server();
        victim.Peer.Offer = victim.Peer.Offer with { KeyExchanges = ["diffie-hellman-group1-sha1", "curve25519-sha256"] };
        await victim.Peer.AdvanceAsync(RawStep.KexInit);
        await victim.Peer.SendKexInitAsync(firstKexPacketFollows: true);
        await victim.Peer.SendShareAsync([1, 2, 3]);
        await victim.Peer.SendShareAsync([1, 2, 3]);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, await victim.AssertRefusesAsync("two guesses"));
    }

    [Fact]
    public async Task A_thousand_wrong_guesses_change_nothing()
    {
        await using Victim victim = Victim.Server();
        victim.Peer.Offer = victim.Peer.Offer with { KeyExchanges = ["diffie-hellman-group1-sha1", "curve25519-sha256"] };
        await victim.Peer.AdvanceAsync(RawStep.Authenticated);
        for (int i = 0; i < 1_000; i++)
        {
            await victim.Peer.SendKexInitAsync(firstKexPacketFollows: true);
            await victim.Peer.SendShareAsync(new byte[32]);
            await victim.Peer.ReceiveKexInitAsync();
            await victim.Peer.RekeyAsync(sendKexInit: false);
        }

        await victim.AssertAnswersAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_begins_a_rekey_and_falls_silent_is_left(bool isServer)
    {
        var time = new ManualTime();
        var limits = new RekeyLimits { Timeout = TimeSpan.FromSeconds(20) };
        var connection = new SshConnectionOptions { TimeProvider = time };
        await using Victim victim = isServer
            ? Victim.Server(Victim.ServerOptions with { Connection = connection, Transport = Victim.ServerOptions.Transport with { TimeProvider = time, RekeyLimits = limits } })
            : Victim.Client(Victim.ClientOptions with { Connection = connection, TimeProvider = time, RekeyLimits = limits });
        await victim.Peer.AdvanceAsync(RawStep.Authenticated);
        await victim.AssertAnswersAsync();
        await victim.Peer.SendKexInitAsync();
        await victim.Peer.ExpectAsync(MessageId.KexInit);
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(victim.Ended.IsCompleted);
        Task<DisconnectReason?> refused = victim.AssertRefusesAsync("silence");
        while (!refused.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        Assert.Equal(DisconnectReason.KeyExchangeFailed, await refused);
    }

    [Theory]
    [InlineData(true, "ffffffff")]
    [InlineData(true, "00000001")]
    [InlineData(false, "ffffffff")]
    [InlineData(false, "7fffffff")]
    public async Task An_EXT_INFO_that_announces_more_than_it_holds_is_refused(bool isServer, string count)
    {
        await using Victim victim = Victim.Create(isServer);
        await victim.Peer.AdvanceAsync(RawStep.Service);
        await victim.Peer.SendAsync([(byte)MessageId.ExtInfo, .. Convert.FromHexString(count)]);
        await victim.AssertRefusesAsync("EXT_INFO");
    }

    private static byte[] Filled(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Less(ReadOnlySpan<byte> number, byte by)
    {
        byte[] result = number.ToArray();
        result[^1] -= by;
        return result;
    }
}
