using System.Buffers.Binary;
using System.Security.Cryptography;
using SshGateway.Protocol.Ciphers;
using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

public class TamperingTests
{
    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Every_flipped_bit_is_refused_and_nothing_is_left_of_the_packet(string cipher, string? mac)
    {
        int bits;
        using (var pair = new PacketPair(cipher, mac)) bits = pair.Seal(3, pair.Frame(11)).Length * 8;
        for (int bit = 0; bit < bits; bit++)
        {
            using var pair = new PacketPair(cipher, mac);
            byte[] packet = pair.Seal(3, pair.Frame(11));
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            pair.Opener.ReadLength(3, packet.AsSpan(0, pair.Opener.HeaderLength));
            Assert.False(pair.Opener.TryOpen(3, packet), $"bit {bit} was flipped and the packet taken");
            Assert.Equal(new byte[packet.Length], packet);
            Assert.Throws<ObjectDisposedException>(() => pair.Opener.TryOpen(3, packet));
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_packet_that_is_cut_or_extended_is_refused(string cipher, string? mac)
    {
        foreach (int change in (int[])[-16, -1, 1, 16])
        {
            using var pair = new PacketPair(cipher, mac);
            byte[] packet = pair.Seal(3, pair.Frame(60));
            Array.Resize(ref packet, packet.Length + change);
            pair.Opener.ReadLength(3, packet.AsSpan(0, pair.Opener.HeaderLength));
            Assert.False(TryOpen(pair, packet), $"{change} bytes more were taken");
        }

        // CBC cannot decrypt a broken block at all.
        static bool TryOpen(PacketPair pair, byte[] packet)
        {
            try
            {
                return pair.Opener.TryOpen(3, packet);
            }
            catch (CryptographicException)
            {
                Assert.Equal(new byte[packet.Length], packet);
                return false;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_replayed_packet_is_refused(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        byte[] frame = pair.Frame(20);
        byte[] packet = pair.Seal(0, frame);
        Assert.Equal(frame, pair.Open(0, packet));
        pair.Opener.ReadLength(1, packet.AsSpan(0, pair.Opener.HeaderLength));
        Assert.False(pair.Opener.TryOpen(1, packet));
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_packet_after_one_that_was_dropped_is_refused(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        pair.Seal(0, pair.Frame(20));
        byte[] packet = pair.Seal(1, pair.Frame(20));
        pair.Opener.ReadLength(0, packet.AsSpan(0, pair.Opener.HeaderLength));
        Assert.False(pair.Opener.TryOpen(0, packet));
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Another_sequence_number_is_refused_where_it_is_authenticated(string cipher, string? mac)
    {
        // AES-GCM counts by itself.
        if (cipher.Contains("gcm", StringComparison.Ordinal)) return;
        using var pair = new PacketPair(cipher, mac);
        byte[] packet = pair.Seal(5, pair.Frame(20));
        pair.Opener.ReadLength(6, packet.AsSpan(0, pair.Opener.HeaderLength));
        Assert.False(pair.Opener.TryOpen(6, packet));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(4u)]
    [InlineData(16u)]
    [InlineData(0x40001u)]
    [InlineData(uint.MaxValue)]
    public void An_impossible_length_under_cbc_looks_like_the_longest_packet(uint length)
    {
        using var pair = new PacketPair("aes128-cbc", "hmac-sha1");
        byte[] frame = pair.Frame(100);
        BinaryPrimitives.WriteUInt32BigEndian(frame, length);
        byte[] packet = pair.Seal(0, frame);
        Assert.Equal(
            AesWithMacOpener.LongestCbcLength,
            pair.Opener.ReadLength(0, packet.AsSpan(0, pair.Opener.HeaderLength)));
        Assert.False(pair.Opener.TryOpen(0, packet));
    }
}
