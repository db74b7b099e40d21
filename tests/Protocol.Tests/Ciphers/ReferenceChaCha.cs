using System.Buffers.Binary;
using System.Numerics;
using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

/// <summary>ChaCha20 (64-bit counter and nonce) and Poly1305 written from their definitions, slow and plain.</summary>
internal static class ReferenceChaCha
{
    internal static void Crypt(ReadOnlySpan<byte> key, ulong counter, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> input, Span<byte> output)
    {
        for (int at = 0; at < input.Length; at += 64, counter++)
        {
            byte[] stream = Block(key, counter, nonce);
            for (int i = 0; i < 64 && at + i < input.Length; i++) output[at + i] = (byte)(input[at + i] ^ stream[i]);
        }
    }

    internal static byte[] Block(ReadOnlySpan<byte> key, ulong counter, ReadOnlySpan<byte> nonce)
    {
        uint[] start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, .. new uint[12]];
        for (int i = 0; i < 8; i++) start[4 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
        (start[12], start[13]) = ((uint)counter, (uint)(counter >> 32));
        (start[14], start[15]) = (BinaryPrimitives.ReadUInt32LittleEndian(nonce), BinaryPrimitives.ReadUInt32LittleEndian(nonce[4..]));
        uint[] s = [.. start];
        for (int round = 0; round < 10; round++)
        {
            for (int column = 0; column < 4; column++) Quarter(s, column, 4 + column, 8 + column, 12 + column);
            for (int d = 0; d < 4; d++) Quarter(s, d, 4 + ((d + 1) % 4), 8 + ((d + 2) % 4), 12 + ((d + 3) % 4));
        }

        byte[] block = new byte[64];
        for (int i = 0; i < 16; i++) BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4 * i), s[i] + start[i]);
        return block;
    }

    internal static byte[] Poly1305(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        BigInteger prime = (BigInteger.One << 130) - 5;
        var clamp = new BigInteger(Convert.FromHexString("0ffffffc0ffffffc0ffffffc0fffffff"), isUnsigned: true, isBigEndian: true);
        BigInteger r = new BigInteger(key[..16], isUnsigned: true) & clamp, sum = 0;
        for (; !message.IsEmpty; message = message[Math.Min(16, message.Length)..])
        {
            byte[] block = [.. message[..Math.Min(16, message.Length)], 1];
            sum = (sum + new BigInteger(block, isUnsigned: true)) * r % prime;
        }

        byte[] tag = (sum + new BigInteger(key[16..], isUnsigned: true)).ToByteArray(isUnsigned: true);
        Array.Resize(ref tag, 16);
        return tag;
    }

    private static void Quarter(uint[] s, int a, int b, int c, int d)
    {
        s[a] += s[b];
        s[d] = BitOperations.RotateLeft(s[d] ^ s[a], 16);
        s[c] += s[d];
        s[b] = BitOperations.RotateLeft(s[b] ^ s[c], 12);
        s[a] += s[b];
        s[d] = BitOperations.RotateLeft(s[d] ^ s[a], 8);
        s[c] += s[d];
        s[b] = BitOperations.RotateLeft(s[b] ^ s[c], 7);
    }
}

/// <summary>The reference itself, against RFC 8439.</summary>
public class ReferenceChaChaTests
{
    [Fact]
    public void The_block_of_rfc_8439_section_2_3_2_comes_out()
    {
        // There the counter has 32 bits and the nonce 96: its first word stands where ours has the counter's upper half.
        byte[] key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] block = ReferenceChaCha.Block(key, 0x0900000000000001, Convert.FromHexString("0000004a00000000"));
        Assert.Equal(
            "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e",
            Convert.ToHexStringLower(block));
    }

    [Fact]
    public void The_tag_of_rfc_8439_section_2_5_2_comes_out()
    {
        byte[] key = Convert.FromHexString("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
        Assert.Equal(
            "a8061dc1305136c6c22b8baf0c0127a9",
            Convert.ToHexStringLower(ReferenceChaCha.Poly1305(key, "Cryptographic Forum Research Group"u8)));
    }
}
