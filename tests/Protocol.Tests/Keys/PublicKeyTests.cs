using System.Buffers.Binary;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class PublicKeyTests
{
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");

    public static TheoryData<string, string> Types => PrivateKeyFileTests.SshKeygenTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public void Parsing_a_blob_gives_it_back(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        PublicKey again = PublicKey.Parse(key.PublicKey.Blob.Span);
        Assert.Equal(key.PublicKey, again);
        Assert.Equal(key.PublicKey.KeyType, again.KeyType);
        Assert.Equal(type == "rsa" ? int.Parse(bits) : 0, again.RsaBits);
        Assert.True(PublicKey.TryParseLine(Encoding.ASCII.GetBytes("  " + again + " some comment"), out PublicKey? read, out _));
        Assert.Equal(again, read);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_blob_truncated_at_any_byte_or_with_one_more_is_refused(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        byte[] blob = [.. key.PublicKey.Blob.ToArray(), 0];
        for (int length = 0; length <= blob.Length; length++)
        {
            if (length == blob.Length - 1) continue;
            Assert.False(PublicKey.TryParse(blob.AsSpan(0, length), out _, out string? problem));
            Assert.NotNull(problem);
            Assert.Throws<SshProtocolException>(() => PublicKey.Parse(blob.AsSpan(0, length)));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_signature_with_any_byte_changed_cut_or_added_is_false(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        string algorithm = key.PublicKey.SignatureAlgorithms[0];
        byte[] signature = key.Sign(algorithm, Data);
        Assert.True(key.PublicKey.Verify(algorithm, Data, signature));
        for (int at = 0; at < signature.Length; at++)
        {
            signature[at] ^= 0x10;
            Assert.False(key.PublicKey.Verify(algorithm, Data, signature));
            signature[at] ^= 0x10;
            Assert.False(key.PublicKey.Verify(algorithm, Data, signature.AsSpan(0, at)));
        }

        Assert.False(key.PublicKey.Verify(algorithm, Data, (byte[])[.. signature, 0]));
        Assert.False(key.PublicKey.Verify(algorithm, Data.AsSpan(1), signature));
        Assert.False(key.PublicKey.Verify(algorithm, default, signature));
        Assert.False(key.PublicKey.Verify(algorithm, Data, default));
        Assert.False(key.PublicKey.Verify("", Data, signature));
        Assert.False(key.PublicKey.Verify("ssh-dss", Data, signature));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void An_empty_message_can_be_signed(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        string algorithm = key.PublicKey.SignatureAlgorithms[0];
        Assert.True(key.PublicKey.Verify(algorithm, default, key.Sign(algorithm, default)));
    }

    [Fact]
    public void The_inner_algorithm_must_be_the_one_agreed_on()
    {
        PrivateKey key = TestKeys.Rsa;
        byte[] signature = key.Sign(KeyTypes.RsaSha256, Data);
        Assert.True(key.PublicKey.Verify(KeyTypes.RsaSha256, Data, signature));
        Assert.False(key.PublicKey.Verify(KeyTypes.RsaSha512, Data, signature));
        Assert.False(key.PublicKey.Verify(KeyTypes.Rsa, Data, signature));
        Assert.Throws<ArgumentException>(() => key.Sign(KeyTypes.Rsa, Data));
        Assert.Throws<ArgumentException>(() => key.Sign(KeyTypes.Ed25519, Data));
    }

    [Theory]
    [InlineData(1023, false)]
    [InlineData(1024, true)]
    [InlineData(16384, true)]
    [InlineData(16385, false)]
    [InlineData(1_000_000, false)]
    public void Rsa_moduli_have_1024_to_16384_bits(int bits, bool accepted)
    {
        byte[] modulus = new byte[(bits + 7) / 8];
        modulus[0] = (byte)(1 << ((bits - 1) % 8));
        modulus[^1] = 1;
        Assert.Equal(accepted, PublicKey.TryParse(RsaBlob(modulus, [1, 0, 1]), out PublicKey? key));
        if (accepted) Assert.Equal(bits, key!.RsaBits);
    }

    [Fact]
    public void Rsa_numbers_that_make_no_key_are_refused()
    {
        byte[] modulus = new byte[256];
        modulus[0] = 0x80;
        modulus[^1] = 1;
        Assert.True(PublicKey.TryParse(RsaBlob(modulus, [3]), out _));
        Assert.False(PublicKey.TryParse(RsaBlob(modulus, [1]), out _));
        Assert.False(PublicKey.TryParse(RsaBlob(modulus, [2]), out _));
        Assert.False(PublicKey.TryParse(RsaBlob(modulus, []), out _));
        Assert.False(PublicKey.TryParse(RsaBlob(modulus, modulus), out _));
        modulus[^1] = 0;
        Assert.False(PublicKey.TryParse(RsaBlob(modulus, [1, 0, 1]), out _));
    }

    [Theory]
    [InlineData("256")]
    [InlineData("384")]
    [InlineData("521")]
    public void A_point_off_its_curve_is_refused(string bits)
    {
        PrivateKey key = TestKeys.Get("ecdsa", bits);
        byte[] blob = key.PublicKey.Blob.ToArray();
        blob[^1] ^= 1;
        Assert.False(PublicKey.TryParse(blob, out _, out string? problem));
        Assert.Contains("not valid", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hybrid_and_compressed_forms_of_a_point_are_refused()
    {
        using PrivateKey key = PrivateKey.GenerateEcdsa();
        foreach (byte form in (byte[])[0, 2, 3, 6, 7])
        {
            byte[] blob = key.PublicKey.Blob.ToArray();
            blob[^65] = form;
            Assert.False(PublicKey.TryParse(blob, out _));
        }
    }

    [Fact]
    public void Ecdsa_numbers_out_of_range_or_not_minimal_are_false()
    {
        using PrivateKey key = PrivateKey.GenerateEcdsa();
        byte[] good = key.Sign(KeyTypes.EcdsaP256, Data);
        var reader = new SshReader(good);
        reader.ReadString();
        var inner = new SshReader(reader.ReadString());
        byte[] r = inner.ReadString().ToArray(), s = inner.ReadString().ToArray();
        Assert.True(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob(r, s)));
        Assert.False(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob([], s)));
        Assert.False(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob([0], s)));
        Assert.False(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob(r, [0])));
        Assert.False(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob([0, 0, .. r], s)));
        Assert.False(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob([0x7f, .. r.AsSpan(1)[..31], 0, 0, 0], s)));
        Assert.False(key.PublicKey.Verify(KeyTypes.EcdsaP256, Data, EcdsaBlob(new byte[70], s)));
    }

    [Fact]
    public void An_unknown_type_and_a_huge_length_are_refused_with_a_reason()
    {
        Assert.False(PublicKey.TryParse("\0\0\0\u0007ssh-dssrest"u8, out _, out string? problem));
        Assert.Contains("ssh-dss", problem, StringComparison.Ordinal);
        byte[] huge = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(huge, uint.MaxValue);
        Assert.False(PublicKey.TryParse(huge, out _));
    }

    [Fact]
    public void A_line_whose_type_is_not_the_keys_is_refused()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519();
        string line = key.PublicKey.ToString().Replace("ssh-ed25519", "ssh-rsa", StringComparison.Ordinal);
        Assert.False(PublicKey.TryParseLine(Encoding.ASCII.GetBytes(line), out _, out string? problem));
        Assert.Contains("ssh-rsa", problem, StringComparison.Ordinal);
        Assert.False(PublicKey.TryParseLine("ssh-ed25519"u8, out _, out _));
        Assert.False(PublicKey.TryParseLine("ssh-ed25519 !!!!"u8, out _, out _));
        Assert.False(PublicKey.TryParseLine(""u8, out _, out _));
    }

    [Fact]
    public void Verifying_ed25519_allocates_nothing_and_signing_only_the_result()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519();
        byte[] signature = key.Sign(KeyTypes.Ed25519, Data);
        Assert.True(key.PublicKey.Verify(KeyTypes.Ed25519, Data, signature));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) key.PublicKey.Verify(KeyTypes.Ed25519, Data, signature);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        long one = AllocatedBy(static _ => new byte[83], key);
        long signing = AllocatedBy(static k => k.Sign(KeyTypes.Ed25519, Data), key);
        Assert.Equal(83, signature.Length);
        Assert.Equal(one, signing);
    }

    [Fact]
    public async Task One_key_signs_on_many_threads()
    {
        PrivateKey key = TestKeys.Rsa;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            byte[] data = BitConverter.GetBytes(n);
            for (int i = 0; i < 20; i++)
            {
                byte[] signature = await key.SignAsync(KeyTypes.RsaSha512, data, default);
                Assert.True(key.PublicKey.Verify(KeyTypes.RsaSha512, data, signature));
            }
        })));
    }

    internal static long AllocatedBy(Func<PrivateKey, byte[]> action, PrivateKey key)
    {
        action(key);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) action(key);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] RsaBlob(byte[] modulus, byte[] exponent)
    {
        var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteString(KeyTypes.Rsa);
        writer.WriteUnsignedMpint(exponent);
        writer.WriteUnsignedMpint(modulus);
        return writer.ToArray();
    }

    private static byte[] EcdsaBlob(byte[] r, byte[] s)
    {
        var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteString(KeyTypes.EcdsaP256);
        writer.WriteUInt32((uint)(8 + r.Length + s.Length));
        writer.WriteString(r);
        writer.WriteString(s);
        return writer.ToArray();
    }
}
