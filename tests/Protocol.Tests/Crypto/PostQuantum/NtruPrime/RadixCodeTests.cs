using SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.NtruPrime;

public sealed class RadixCodeTests
{
    private readonly Random _random = new(2);

    [Theory]
    [InlineData(761, 4591, 1158)]
    [InlineData(761, 1531, 1007)]
    public void Sizes_are_those_of_the_specification(int count, int modulus, int size) =>
        Assert.Equal(size, new RadixCode(count, (uint)modulus).EncodedSize);

    [Theory]
    [InlineData(761, 4591)]
    [InlineData(761, 1531)]
    [InlineData(1, 4591)]
    [InlineData(2, 4591)]
    [InlineData(3, 1531)]
    [InlineData(4, 200)]
    [InlineData(7, 16000)]
    public void Numbers_are_encoded_as_by_the_reference_and_decoded_again(int count, int modulus)
    {
        RadixCode code = new(count, (uint)modulus);
        for (int i = 0; i < 20; i++)
        {
            int[] numbers = [.. Enumerable.Range(0, count).Select(_ => i == 0 ? modulus - 1 : _random.Next(modulus))];
            ushort[] buffer = [.. numbers.Select(x => (ushort)x)];
            byte[] encoded = new byte[code.EncodedSize];
            code.Encode(buffer, encoded);
            Assert.Equal(ReferenceSntrup761.Encode(numbers, [.. Enumerable.Repeat(modulus, count)]), encoded);
            code.Decode(encoded, buffer);
            Assert.Equal(numbers, buffer.Select(x => (int)x));
        }
    }

    [Theory]
    [InlineData(761, 4591)]
    [InlineData(761, 1531)]
    public void Bytes_that_no_numbers_encode_to_are_decoded_as_by_the_reference(int count, int modulus)
    {
        RadixCode code = new(count, (uint)modulus);
        ushort[] buffer = new ushort[count];
        for (int i = 0; i < 20; i++)
        {
            byte[] bytes = new byte[code.EncodedSize];
            _random.NextBytes(bytes);
            if (i == 0) Array.Fill(bytes, byte.MaxValue);
            code.Decode(bytes, buffer);
            Assert.Equal(ReferenceSntrup761.Decode(bytes, [.. Enumerable.Repeat(modulus, count)]), buffer.Select(x => (int)x));
            Assert.All(buffer, x => Assert.InRange(x, 0, modulus - 1));
        }
    }
}
