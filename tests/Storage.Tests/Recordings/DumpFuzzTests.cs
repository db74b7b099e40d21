using System.Globalization;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class DumpFuzzTests
{
    // tests/fuzz-recordings.sh makes it long, with another seed each time.
    private static readonly int Rounds = Setting("SSHGATEWAY_FUZZ_ROUNDS", 6_000);
    private static readonly int Seed = Setting("SSHGATEWAY_FUZZ_SEED", 20260101);

    [Fact]
    public async Task Random_bytes_give_records_or_an_error_inside_the_file()
    {
        var random = new Random(Seed);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            // Otherwise nearly all fail at the version.
            if (bytes.Length > 4) (bytes[0], bytes[1], bytes[2]) = (0, 1, 0);
            await AssertSaneAsync(bytes);
        }
    }

    [Fact]
    public async Task Mutated_dumps_give_records_or_an_error_inside_the_file()
    {
        var random = new Random(Seed + 1);
        byte[] original = new DumpBytes("alice", "make -j 2")
            .Add(0.1, DumpDescriptor.Input, "typed\n")
            .Output(0.2, "some output\n")
            .Add(0.3, DumpDescriptor.ErrorOutput, "")
            .Output(0.4, new string('x', 200))
            .ToArray();
        int damaged = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Mutate(original, random);
            if ((await AssertSaneAsync(bytes)).Error is not null) damaged++;
        }

        // Both outcomes must have been seen, or the mutations are not worth their name.
        Assert.InRange(damaged, Rounds / 20, Rounds * 19 / 20);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)); break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                default: bytes.AddRange(bytes.GetRange(at, Math.Min(30, bytes.Count - at))); break;
            }

            if (bytes.Count == 0) break;
        }

        return [.. bytes];
    }

    /// <summary>Whatever was read, written again, is what stood in the file up to the error.</summary>
    private static async Task<ReadDump> AssertSaneAsync(byte[] bytes)
    {
        ReadDump dump = await ReadDump.AllAsync(bytes);
        if (dump.Error is { } error) Assert.InRange(error.Offset, 0, bytes.Length);
        if (dump.Header is null)
        {
            Assert.NotNull(dump.Error);
            return dump;
        }

        int headerSize = (bytes[2] << 8) | bytes[3];
        using var again = new MemoryStream();
        again.Write(bytes.AsSpan(0, headerSize));
        foreach ((DumpRecord record, byte[] data) in dump.Records)
        {
            Assert.Equal(again.Length, record.Offset);
            if (data.Length < record.Size) Assert.Equal(record.Offset, dump.Error!.Offset);
            byte[] head = new byte[DumpRecord.HeadSize];
            DumpRecord.WriteHead(head, record.TimeNs, record.Descriptor, record.Size);
            again.Write(head);
            again.Write(data);
        }

        Assert.Equal(bytes.AsSpan(0, (int)again.Length).ToArray(), again.ToArray());
        if (dump.Error is null) Assert.Equal(bytes.Length, again.Length);
        return dump;
    }
}
