using System.Text;
using System.Text.Json;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class AsciicastWriterTests
{
    private const string Characters = "a\"\\\n\r\t\u0001\u001b[31m\u007fé€漢字😀\u2028 end";

    [Fact]
    public void The_header_of_version_2_has_size_time_title_and_command()
    {
        JsonElement header = Write(2, DumpBytes.Header("al\"ice", "echo 'x\u001b'"), _ => { })[0];
        Assert.Equal(2, header.GetProperty("version").GetInt32());
        Assert.Equal(80, header.GetProperty("width").GetInt32());
        Assert.Equal(24, header.GetProperty("height").GetInt32());
        Assert.Equal(1_790_000_000, header.GetProperty("timestamp").GetInt64());
        Assert.Equal("echo 'x\u001b'", header.GetProperty("command").GetString());
        Assert.Equal("al\"ice@198.51.100.1:22", header.GetProperty("title").GetString());
    }

    [Fact]
    public void The_header_of_version_3_has_the_terminal_apart()
    {
        JsonElement header = Write(3, DumpBytes.Header(), _ => { })[0];
        Assert.Equal(3, header.GetProperty("version").GetInt32());
        Assert.Equal(80, header.GetProperty("term").GetProperty("cols").GetInt32());
        Assert.Equal(24, header.GetProperty("term").GetProperty("rows").GetInt32());
        Assert.False(header.TryGetProperty("command", out _));
    }

    [Fact]
    public void Times_count_from_the_start_in_version_2_and_from_the_event_before_in_version_3()
    {
        static void Events(AsciicastWriter writer)
        {
            writer.Write(DumpBytes.StartNs + 1_500_000_000, DumpDescriptor.Output, "a"u8);
            writer.Resize(DumpBytes.StartNs + 1_750_000_000, 132, 43);
            writer.Write(DumpBytes.StartNs + 1_600_000_000, DumpDescriptor.Input, "b"u8); // the clock was set back
            writer.Write(DumpBytes.StartNs + 2_000_000_001, DumpDescriptor.ErrorOutput, "c"u8);
        }

        Assert.Equal(
            ["1.500000 o a", "1.750000 r 132x43", "1.750000 i b", "2.000000 o c"],
            Write(2, DumpBytes.Header(), Events).Skip(1).Select(Describe));
        Assert.Equal(
            ["1.500000 o a", "0.250000 r 132x43", "0.000000 i b", "0.250000 o c"],
            Write(3, DumpBytes.Header(), Events).Skip(1).Select(Describe));
    }

    [Fact]
    public void A_time_before_the_start_is_the_start()
    {
        JsonElement line = Write(2, DumpBytes.Header(), writer => writer.Write(1, DumpDescriptor.Output, "a"u8))[1];
        Assert.Equal("0.000000 o a", Describe(line));
    }

    [Fact]
    public void Characters_cut_at_every_byte_come_out_whole()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Characters);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            int at = cut;
            JsonElement[] lines = Write(2, DumpBytes.Header(), writer =>
            {
                writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, bytes.AsSpan(0, at));
                writer.Write(DumpBytes.StartNs + 1000, DumpDescriptor.Output, bytes.AsSpan(at));
            });
            Assert.Equal(Characters, Text(lines, "o"));
        }
    }

    [Fact]
    public void Byte_by_byte_with_the_other_streams_in_between_characters_come_out_whole()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Characters);
        JsonElement[] lines = Write(2, DumpBytes.Header(), writer =>
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, bytes.AsSpan(i, 1));
                writer.Write(DumpBytes.StartNs, DumpDescriptor.Input, bytes.AsSpan(i, 1));
            }
        });
        Assert.Equal(Characters, Text(lines, "o"));
        Assert.Equal(Characters, Text(lines, "i"));
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_replaced_and_half_a_character_at_the_end_too()
    {
        JsonElement[] lines = Write(2, DumpBytes.Header(), writer =>
        {
            writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, [0xff, (byte)'x', 0xc3]);
            writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, [(byte)'y', 0xe2, 0x82]);
        });
        Assert.Equal("\ufffdx\ufffdy\ufffd", Text(lines, "o"));
    }

    [Fact]
    public void Any_bytes_give_valid_json_with_the_text_that_utf8_decoding_gives()
    {
        var random = new Random(3);
        for (int round = 0; round < 500; round++)
        {
            byte[] bytes = new byte[random.Next(1, 20_000)];
            random.NextBytes(bytes);
            if (round % 2 == 0) Encoding.UTF8.GetBytes(new string('€', bytes.Length / 3)).CopyTo(bytes, 0);
            JsonElement[] lines = Write(2 + (round % 2), DumpBytes.Header(), writer =>
            {
                for (int at = 0; at < bytes.Length;)
                {
                    int size = Math.Min(random.Next(1, 5000), bytes.Length - at);
                    writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, bytes.AsSpan(at, size));
                    at += size;
                }
            });
            Assert.Equal(Encoding.UTF8.GetString(bytes), Text(lines, "o"));
        }
    }

    [Fact]
    public void An_event_allocates_nothing()
    {
        var writer = new AsciicastWriter(Stream.Null, 2, DumpBytes.Header(), 80, 24);
        byte[] data = Encoding.UTF8.GetBytes(Characters);
        for (int i = 0; i < 2000; i++) writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, data);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 2000; i++) writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, data);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static JsonElement[] Write(int version, DumpHeader header, Action<AsciicastWriter> events)
    {
        using var stream = new MemoryStream();
        var writer = new AsciicastWriter(stream, version, header, 80, 24);
        events(writer);
        writer.Finish();
        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(stream.ToArray());
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return [.. text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Text(JsonElement[] lines, string code) =>
        string.Concat(lines.Skip(1).Where(line => line[1].GetString() == code).Select(line => line[2].GetString()));

    private static string Describe(JsonElement line) => $"{line[0].GetRawText()} {line[1].GetString()} {line[2].GetString()}";
}
