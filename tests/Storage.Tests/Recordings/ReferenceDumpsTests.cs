using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class ReferenceDumpsTests
{
    [ReferenceFact]
    public async Task Dumps_of_sshproxy_read_and_written_again_are_the_same_bytes()
    {
        string[] files = [.. ReferenceData.Dumps().Where(file => !file.Contains("corrupted", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            ReadDump dump = await ReadDump.AllAsync(bytes);
            Assert.Null(dump.Error);
            using var again = new MemoryStream();
            await using (var writer = new DumpWriter(again, dump.Header!))
                foreach ((DumpRecord record, byte[] data) in dump.Records) writer.Write(record.TimeNs, record.Descriptor, data);
            Assert.Equal(bytes, again.ToArray());
        }
    }

    [ReferenceFact]
    public async Task The_file_that_its_collector_damaged_is_readable_up_to_the_damage()
    {
        string file = ReferenceData.Dumps().Single(name => name.Contains("corrupted", StringComparison.Ordinal));
        ReadDump dump = await ReadDump.AllAsync(await File.ReadAllBytesAsync(file));
        Assert.Equal("cat >/dev/null", dump.Header!.CommandText);
        Assert.Empty(dump.Records);
        Assert.Equal(70, dump.Error!.Offset);
    }
}
