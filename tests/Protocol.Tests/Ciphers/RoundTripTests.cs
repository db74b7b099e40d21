using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

public class RoundTripTests
{
    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Packets_of_all_sizes_come_back(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        uint sequenceNumber = uint.MaxValue - 100;
        foreach (int size in (int[])[.. Enumerable.Range(1, 300), .. Enumerable.Range(420, 60), .. Enumerable.Range(1000, 50), 32_768, 256 * 1024])
        {
            // Encrypted lengths of CBC end at 35,000 (see AesWithMacOpener.LongestCbcLength).
            if (size > 32_768 && pair.Opener.HeaderLength == 16 && cipher.EndsWith("-cbc", StringComparison.Ordinal)) continue;
            byte[] frame = pair.Frame(size, seed: size);
            byte[] packet = pair.Seal(sequenceNumber, frame);
            Assert.NotEqual(frame[5..], packet[5..frame.Length]);
            Assert.Equal(frame, pair.Open(sequenceNumber, packet));
            sequenceNumber++;
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Sealing_in_place_gives_the_same_bytes(string cipher, string? mac)
    {
        using var apart = new PacketPair(cipher, mac);
        using var inPlace = new PacketPair(cipher, mac);
        for (uint i = 0; i < 3; i++)
        {
            byte[] frame = apart.Frame(100);
            byte[] buffer = [.. frame, .. new byte[apart.Sealer.TagLength]];
            inPlace.Sealer.Seal(i, buffer.AsSpan(0, frame.Length), buffer);
            Assert.Equal(apart.Seal(i, frame), buffer);
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Equal_packets_look_different_each_time(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        byte[] frame = pair.Frame(50);
        Assert.NotEqual(pair.Seal(1, frame)[4..], pair.Seal(2, frame)[4..]);
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Nothing_works_after_dispose(string cipher, string? mac)
    {
        var pair = new PacketPair(cipher, mac);
        byte[] frame = pair.Frame(50);
        byte[] packet = pair.Seal(0, frame);
        pair.Dispose();
        pair.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pair.Seal(1, frame));
        Assert.Throws<ObjectDisposedException>(() => pair.Open(0, packet));
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_destination_of_the_wrong_size_is_refused(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        byte[] frame = pair.Frame(10);
        Assert.Throws<ArgumentException>(() => pair.Sealer.Seal(0, frame, new byte[frame.Length + pair.Sealer.TagLength - 1]));
        Assert.Throws<ArgumentException>(() => pair.Sealer.Seal(0, frame, new byte[frame.Length]));
        Assert.Throws<ArgumentException>(() => pair.Sealer.Seal(0, frame.AsSpan(0, 3), new byte[3 + pair.Sealer.TagLength]));
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public void A_packet_shorter_than_header_and_tag_is_refused(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        for (int length = 0; length < pair.Opener.HeaderLength + pair.Opener.TagLength; length++)
            Assert.False(pair.Opener.TryOpen(0, new byte[length]));
    }
}
