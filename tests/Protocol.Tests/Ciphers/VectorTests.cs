using System.Buffers.Binary;
using System.Security.Cryptography;
using SshGateway.Protocol.Ciphers;
using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

/// <summary>The constructions against published vectors and against second implementations.</summary>
public class VectorTests
{
    private const string NistPlain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

    // NIST SP 800-38A, F.5.1, F.5.3 and F.5.5.
    [Theory]
    [InlineData("aes128-ctr", "2b7e151628aed2a6abf7158809cf4f3c", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        + "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee")]
    [InlineData("aes192-ctr", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
        + "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050")]
    [InlineData("aes256-ctr", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
        + "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6")]
    public void Counter_mode_is_that_of_sp_800_38a(string name, string key, string expected)
    {
        byte[] frame = [0, 0, 0, 64, .. Convert.FromHexString(NistPlain)];
        byte[] packet = Seal(name, "hmac-sha2-256-etm@openssh.com", key, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", frame);
        Assert.Equal(expected, Convert.ToHexStringLower(packet.AsSpan(4, 64)));
    }

    // NIST SP 800-38A, F.2.1, F.2.3 and F.2.5.
    [Theory]
    [InlineData("aes128-cbc", "2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
        + "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7")]
    [InlineData("aes192-cbc", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
        + "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd")]
    [InlineData("aes256-cbc", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
        + "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b")]
    public void Cbc_mode_is_that_of_sp_800_38a(string name, string key, string expected)
    {
        byte[] packet = Seal(name, "hmac-sha1", key, "000102030405060708090a0b0c0d0e0f", Convert.FromHexString(NistPlain));
        Assert.Equal(expected, Convert.ToHexStringLower(packet.AsSpan(0, 64)));
    }

    [Theory]
    [InlineData("hmac-sha2-256-etm@openssh.com")]
    [InlineData("hmac-sha2-512-etm@openssh.com")]
    [InlineData("hmac-sha2-256")]
    [InlineData("hmac-sha2-512")]
    [InlineData("hmac-sha1")]
    public void The_tag_is_the_hmac_of_sequence_number_and_packet(string name)
    {
        Assert.True(CipherCatalog.TryGetMac(name, out MacAlgorithm? mac));
        Assert.True(CipherCatalog.TryGetCipher("aes256-ctr", out CipherAlgorithm? cipher));
        byte[] macKey = Bytes(1, mac.KeyLength), frame = Bytes(2, 80);
        using PacketSealer sealer = CipherCatalog.CreateSealer(cipher, mac, Bytes(3, 32), Bytes(4, 16), macKey);
        byte[] packet = new byte[80 + sealer.TagLength];
        sealer.Seal(0x01020304, frame, packet);
        byte[] covered = [1, 2, 3, 4, .. mac.IsEtm ? packet[..80] : frame];
#pragma warning disable CA5350 // HMAC-SHA1 is what the legacy profile's MAC is.
        byte[] expected = mac.TagLength switch
        {
            20 => HMACSHA1.HashData(macKey, covered),
            32 => HMACSHA256.HashData(macKey, covered),
            _ => HMACSHA512.HashData(macKey, covered),
        };
#pragma warning restore CA5350
        Assert.Equal(expected, packet[80..]);
    }

    [Theory]
    [InlineData("aes128-gcm@openssh.com", 16)]
    [InlineData("aes256-gcm@openssh.com", 32)]
    public void Gcm_authenticates_the_length_and_counts_its_nonce(string name, int keyLength)
    {
        Assert.True(CipherCatalog.TryGetCipher(name, out CipherAlgorithm? cipher));
        byte[] key = Bytes(1, keyLength), frame = Bytes(2, 68);

        // The counter carries over its whole width and does not reach the four fixed bytes.
        foreach (ulong start in (ulong[])[0, 0xff, 0xffff_ffff, ulong.MaxValue])
        {
            byte[] iv = [9, 8, 7, 6, .. new byte[8]];
            BinaryPrimitives.WriteUInt64BigEndian(iv.AsSpan(4), start);
            using PacketSealer sealer = CipherCatalog.CreateSealer(cipher, null, key, iv, default);
            using var reference = new AesGcm(key, 16);
            for (uint i = 0; i < 3; i++)
            {
                byte[] packet = new byte[84], expected = new byte[64], tag = new byte[16];
                sealer.Seal(1000 + i, frame, packet);
                BinaryPrimitives.WriteUInt64BigEndian(iv.AsSpan(4), unchecked(start + i));
                reference.Encrypt(iv, frame.AsSpan(4), expected, tag, frame.AsSpan(0, 4));
                Assert.Equal([.. frame[..4], .. expected, .. tag], packet);
            }
        }
    }

    [Theory]
    [InlineData(0u, 64)]
    [InlineData(1u, 448)]
    [InlineData(2u, 456)]
    [InlineData(0xfffffffeu, 1000)]
    public void ChaCha20_poly1305_is_that_of_openssh(uint sequenceNumber, int length)
    {
        Assert.True(CipherCatalog.TryGetCipher("chacha20-poly1305@openssh.com", out CipherAlgorithm? cipher));
        byte[] key = Bytes(1, 64), frame = Bytes(2, 4 + length), packet = new byte[20 + length], expected = new byte[20 + length];
        using PacketSealer sealer = CipherCatalog.CreateSealer(cipher, null, key, default, default);
        sealer.Seal(sequenceNumber, frame, packet);

        byte[] nonce = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, sequenceNumber);
        ReferenceChaCha.Crypt(key.AsSpan(32), 0, nonce, frame.AsSpan(0, 4), expected);
        ReferenceChaCha.Crypt(key.AsSpan(0, 32), 1, nonce, frame.AsSpan(4), expected.AsSpan(4));
        byte[] macKey = new byte[32];
        ReferenceChaCha.Crypt(key.AsSpan(0, 32), 0, nonce, new byte[32], macKey);
        ReferenceChaCha.Poly1305(macKey, expected.AsSpan(0, frame.Length)).CopyTo(expected.AsSpan(frame.Length));
        Assert.Equal(expected, packet);
    }

    [Fact]
    public void Names_are_unique_and_the_lists_hold_known_names_without_the_weak_ones()
    {
        string[] ciphers = [.. CipherCatalog.Ciphers.Select(c => c.Name)], macs = [.. CipherCatalog.Macs.Select(m => m.Name)];
        Assert.Equal(ciphers.Length, ciphers.Distinct().Count());
        Assert.Equal(macs.Length, macs.Distinct().Count());
        Assert.Empty(CipherCatalog.DefaultCiphers.Concat(CipherCatalog.ClientCiphers).Concat(CipherCatalog.LegacyCiphers).Except(ciphers));
        Assert.Empty(CipherCatalog.DefaultMacs.Concat(CipherCatalog.ClientMacs).Concat(CipherCatalog.LegacyMacs).Except(macs));
        Assert.DoesNotContain(CipherCatalog.DefaultCiphers.Concat(CipherCatalog.ClientCiphers), c => c.Contains("cbc", StringComparison.Ordinal));
        Assert.DoesNotContain(CipherCatalog.DefaultMacs.Concat(CipherCatalog.ClientMacs), m => m.Contains("sha1", StringComparison.Ordinal));
        Assert.False(CipherCatalog.TryGetCipher("3des-cbc", out _));
        Assert.False(CipherCatalog.TryGetMac("hmac-md5", out _));
    }

    [Fact]
    public void Keys_of_the_wrong_length_are_refused()
    {
        foreach (CipherAlgorithm cipher in CipherCatalog.Ciphers)
        {
            MacAlgorithm? mac = cipher.IsAead ? null : CipherCatalog.Macs[0];
            byte[] key = new byte[cipher.KeyLength], iv = new byte[cipher.IvLength], macKey = new byte[mac?.KeyLength ?? 0];
            Assert.Throws<ArgumentException>(() => CipherCatalog.CreateSealer(cipher, mac, key.AsSpan(1), iv, macKey));
            Assert.Throws<ArgumentException>(() => CipherCatalog.CreateOpener(cipher, mac, key, [.. iv, 0], macKey));
            Assert.Throws<ArgumentException>(() => CipherCatalog.CreateSealer(cipher, mac is null ? CipherCatalog.Macs[0] : null, key, iv, macKey));
            if (mac is not null) Assert.Throws<ArgumentException>(() => CipherCatalog.CreateOpener(cipher, mac, key, iv, macKey.AsSpan(1)));
        }
    }

    private static byte[] Seal(string name, string macName, string key, string iv, byte[] frame)
    {
        Assert.True(CipherCatalog.TryGetCipher(name, out CipherAlgorithm? cipher));
        Assert.True(CipherCatalog.TryGetMac(macName, out MacAlgorithm? mac));
        using PacketSealer sealer = CipherCatalog.CreateSealer(
            cipher, mac, Convert.FromHexString(key), Convert.FromHexString(iv), new byte[mac.KeyLength]);
        byte[] packet = new byte[frame.Length + sealer.TagLength];
        sealer.Seal(0, frame, packet);
        return packet;
    }

    private static byte[] Bytes(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
