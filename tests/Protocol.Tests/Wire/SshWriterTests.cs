using FsCheck;
using FsCheck.Fluent;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Wire;

public class SshWriterTests
{
    [Fact]
    public void It_grows_beyond_what_it_was_given_and_keeps_what_was_written()
    {
        byte[] expected = new byte[10_000];
        new Random(3).NextBytes(expected);
        using var writer = new SshWriter(stackalloc byte[3]);
        for (int i = 0; i < expected.Length; i++) writer.WriteByte(expected[i]);
        Assert.Equal(expected, writer.ToArray());
        Assert.Equal(10_000, writer.Length);
    }

    [Fact]
    public void Any_strings_come_back()
    {
        Prop.ForAll<string[]>(texts =>
        {
            string[] written = [.. texts.Where(text => text is not null && IsText(text))];
            using var writer = new SshWriter(stackalloc byte[16]);
            foreach (string text in written) writer.WriteString(text);
            var reader = new SshReader(writer.Written);
            foreach (string text in written) Assert.Equal(text, reader.ReadText());
            reader.ExpectEnd();
        }).Check(Config.QuickThrowOnFailure.WithReplay(1, 1));
    }

    [Fact]
    public void Any_number_comes_back()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            using var writer = new SshWriter(stackalloc byte[16]);
            writer.WriteUnsignedMpint(bytes);
            var reader = new SshReader(writer.Written);
            Assert.Equal(bytes.SkipWhile(b => b == 0), reader.ReadUnsignedMpint().ToArray());
            reader.ExpectEnd();
        }).Check(Config.QuickThrowOnFailure.WithReplay(1, 1));
    }

    private static bool IsText(string text) => !text.Any(char.IsSurrogate);
}
