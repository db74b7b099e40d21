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

        // The runtime itself may allocate on this thread, while it compiles; packets would in every round.
        long least = long.MaxValue;
        uint sequenceNumber = 0;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool genuine = true;
            for (int i = 0; i < 100; i++)
            {
                sequenceNumber++;
                pair.Sealer.Seal(sequenceNumber, frame, packet);
                pair.Opener.ReadLength(sequenceNumber, packet.AsSpan(0, pair.Opener.HeaderLength));
                genuine &= pair.Opener.TryOpen(sequenceNumber, packet);
            }

            Assert.True(genuine);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
