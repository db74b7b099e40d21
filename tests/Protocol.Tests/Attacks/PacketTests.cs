using System.Buffers.Binary;
using System.Text;
using SshGateway.Protocol.Tests.Ciphers;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Attacks;

/// <summary>Lengths, paddings and damage, in the clear and under every cipher and MAC; identification lines.</summary>
public class PacketTests
{
    private static readonly uint[] Lengths = [0, 1, 4, 5, 7, 35_001, 0x40001, int.MaxValue, 0x80000000, uint.MaxValue - 3, uint.MaxValue];

    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    public static TheoryData<bool> Sides => [true, false];

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Impossible_lengths_in_the_clear(bool isServer)
    {
        foreach (uint length in Lengths)
        {
            await using Victim victim = Victim.Create(isServer);
            await victim.Peer.AdvanceAsync(RawStep.KexInit);
            await victim.Peer.SendBytesAsync(WithLength(victim.Peer.Frame([(byte)MessageId.Ignore]), length));
            Assert.Equal(DisconnectReason.ProtocolError, await victim.AssertRefusesAsync($"length {length}"));
        }

        await Victim.AssertLivesAsync(isServer);
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public async Task Impossible_lengths_under_every_cipher(string cipher, string? mac)
    {
        foreach (uint length in Lengths)
        {
            await using Victim victim = await EncryptedAsync(cipher, mac, isServer: length % 2 == 0);
            byte[] packet = victim.Peer.Seal(WithLength(victim.Peer.Frame([(byte)MessageId.Ignore, .. new byte[20]]), length));
            // With CBC and a MAC over the plain text a bad length shows only where the longest packet would end.
            await victim.SendWhileTakenAsync([.. packet, .. new byte[36_000]]);
            await victim.AssertRefusesAsync($"length {length}");
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public async Task Damage_under_every_cipher(string cipher, string? mac)
    {
        // The length, the padding length, the content, the first and the last byte of the tag: each bit of all of them is flipped where ciphers are tested.
        foreach (int place in new[] { 0, 3, 4, 10, 24, -32, -20, -1 })
        {
            await using Victim victim = await EncryptedAsync(cipher, mac, isServer: true);
            byte[] packet = victim.Peer.Seal(victim.Peer.Frame([(byte)MessageId.Ignore, .. new byte[40]]));
            packet[place < 0 ? packet.Length + place : place] ^= 0x04;
            // A length that seems possible has to be waited for.
            await victim.SendWhileTakenAsync([.. packet, .. new byte[36_000]]);
            await victim.AssertRefusesAsync($"a flipped bit at {place}");
        }
    }

    [Theory]
    [InlineData("aes128-gcm@openssh.com", null)]
    [InlineData("aes128-ctr", "hmac-sha2-256")]
    [InlineData("chacha20-poly1305@openssh.com", null)]
    public async Task A_packet_sent_twice_left_out_or_swapped_is_noticed(string cipher, string? mac)
    {
        foreach (string attack in new[] { "twice", "left out", "swapped" })
        {
            await using Victim victim = await EncryptedAsync(cipher, mac, isServer: true);
            byte[] Next(byte content) => victim.Peer.Seal(victim.Peer.Frame([(byte)MessageId.Ignore, content]));
            (byte[] first, byte[] second) = (Next(1), Next(2));
            byte[] bytes = attack switch
            {
                "twice" => [.. first, .. first],
                "left out" => second,
                _ => [.. second, .. first],
            };
            await victim.SendWhileTakenAsync([.. bytes, .. new byte[36_000]]);
            await victim.AssertRefusesAsync(attack);
        }
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Impossible_paddings(bool isServer)
    {
        foreach (bool encrypted in new[] { false, true })
        {
            foreach ((byte padding, int payload) in new (byte, int)[] { (0, 11), (1, 10), (2, 9), (3, 8), (11, 0), (12, 0), (15, 0), (255, 11) })
            {
                await using Victim victim = Victim.Create(isServer);
                await victim.Peer.AdvanceAsync(encrypted ? RawStep.Service : RawStep.KexInit);
                // One block: in the clear the length counts for it, under GCM it does not.
                byte[] frame = new byte[encrypted ? 20 : 16];
                BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
                frame[4] = padding;
                frame[5] = (byte)MessageId.Ignore;
                if (encrypted && padding is 11 or 12) frame[4] = 15;
                await victim.Peer.SendBytesAsync(victim.Peer.Seal(frame));
                Assert.Equal(DisconnectReason.ProtocolError, await victim.AssertRefusesAsync($"padding {padding}, payload {payload}"));
            }
        }
    }

    [Theory]
    [InlineData("SSH-1.5-old\r\n")]
    [InlineData("SSH-2.0-a\0b\r\n")]
    [InlineData("SSH-2.0-a\u001b[2J\r\n")]
    [InlineData("ssh-2.0-lower\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    public async Task Impossible_identifications(string line)
    {
        foreach (bool isServer in new[] { true, false })
        {
            await using Victim victim = Victim.Create(isServer);
            string text = isServer || line.StartsWith("SSH", StringComparison.Ordinal) ? line : string.Concat(Enumerable.Repeat(line, 10_000));
            await victim.SendWhileTakenAsync(Encoding.Latin1.GetBytes(text));
            await victim.Peer.ReadIdentificationAsync();
            await victim.AssertRefusesAsync(line);
        }
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_line_without_end(bool isServer)
    {
        await using Victim victim = Victim.Create(isServer);
        await victim.SendWhileTakenAsync(Encoding.ASCII.GetBytes("SSH-2.0-" + new string('x', 100_000)));
        await victim.Peer.ReadIdentificationAsync();
        await victim.AssertRefusesAsync("no CRLF");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PINGs_without_reading_the_answers(bool authenticated)
    {
        await using Victim victim = Victim.Server(capacity: 64 * 1024);
        await victim.Peer.AdvanceAsync(authenticated ? RawStep.Authenticated : RawStep.Userauth);
        byte[] ping = [(byte)MessageId.Ping, .. RawPeer.EncodeString(new byte[10_000])];
        int sent = 0;
        try
        {
            for (; sent < 100_000; sent++) await victim.Peer.SendAsync(ping);
        }
        catch (IOException)
        {
            // Closed.
        }

        // What waits for a peer that does not read stays below 1 MiB: half of it on its way, half behind that.
        Assert.InRange(sent * 10_000, 1, 1024 * 1024 + (64 * 1024));
        await victim.Ended.WaitAsync(TransportPair.Patience);
        Assert.IsType<SshProtocolException>(victim.Failure);
    }

    private static async Task<Victim> EncryptedAsync(string cipher, string? mac, bool isServer)
    {
        Victim victim = Victim.Create(isServer);
        victim.Peer.Offer = victim.Peer.Offer with { Ciphers = [cipher], Macs = [mac ?? "hmac-sha2-256"] };
        await victim.Peer.AdvanceAsync(RawStep.Service);
        return victim;
    }

    private static byte[] WithLength(byte[] frame, uint length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame, length);
        return frame;
    }
}
