using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

public class AllocationTests
{
    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    [Theory]
    [MemberData(nameof(Constructions))]
    public void Sealing_and_opening_allocate_nothing(string cipher, string? mac)
    {
        using var pair = new PacketPair(cipher, mac);
        byte[] frame = pair.Frame(1000);
        byte[] packet = pair.Seal(0, frame);
        Assert.NotNull(pair.Open(0, packet));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool genuine = true;
        for (uint i = 1; i <= 100; i++)
        {
            pair.Sealer.Seal(i, frame, packet);
            pair.Opener.ReadLength(i, packet.AsSpan(0, pair.Opener.HeaderLength));
            genuine &= pair.Opener.TryOpen(i, packet);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(genuine);
    }
}
