using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

/// <summary>Random bytes, and real inputs with random damage: the only exceptions are the documented ones.</summary>
public sealed class KeyFuzzTests
{
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");

    private static readonly PrivateKey[] Keys = [TestKeys.Ed25519, TestKeys.Rsa, TestKeys.Get("ecdsa", "256"), TestKeys.Get("ecdsa", "521")];

    private static Config Repeatable => Config.QuickThrowOnFailure.WithReplay(7, 9).WithMaxTest(400);

    [Fact]
    public void Random_blobs_are_refused() => Check.One(Repeatable, Prop.ForAll<byte[], byte>((bytes, choice) =>
    {
        string type = KeyTypes.All[choice % KeyTypes.All.Count];
        var writer = new SshWriter(new byte[64]);
        writer.WriteString(type);
        writer.WriteBytes(bytes ?? []);
        return !PublicKey.TryParse(writer.Written, out _) && !PublicKey.TryParse(bytes ?? [], out _);
    }));

    [Fact]
    public void Damaged_blobs_are_refused_or_are_another_key() => Check.One(Repeatable, Prop.ForAll<int>(seed =>
    {
        PublicKey key = Keys[(uint)seed % Keys.Length].PublicKey;
        byte[] damaged = Damage(key.Blob.Span, seed);
        return !PublicKey.TryParse(damaged, out PublicKey? other) || other.Blob.Span.SequenceEqual(damaged);
    }));

    [Fact]
    public void Random_and_damaged_signatures_are_false() => Check.One(Repeatable, Prop.ForAll<int, byte[]>((seed, bytes) =>
    {
        PrivateKey key = Keys[(uint)seed % Keys.Length];
        string algorithm = key.PublicKey.SignatureAlgorithms[0];
        byte[] good = key.Sign(algorithm, Data), damaged = Damage(good, seed);
        return (damaged.AsSpan().SequenceEqual(good) || !key.PublicKey.Verify(algorithm, Data, damaged))
            && !key.PublicKey.Verify(algorithm, Data, bytes ?? []);
    }));

    [Fact]
    public void Damaged_key_files_give_only_the_documented_exception() => Check.One(Repeatable, Prop.ForAll<int>(seed =>
    {
        byte[] file = Keys[(uint)seed % Keys.Length].ToOpenSshFile("comment");
        try
        {
            PrivateKey.Parse(Damage(file, seed)).Dispose();
        }
        catch (KeyFileException e)
        {
            return e.Message.Length > 0;
        }

        return true;
    }));

    [Fact]
    public void Random_files_are_no_keys_and_no_lists() => Check.One(Repeatable, Prop.ForAll<byte[]>(bytes =>
    {
        byte[] file = bytes ?? [];
        Assert.Throws<KeyFileException>(() => PrivateKey.Parse(file));
        Assert.Throws<KeyFileException>(() => RevokedKeys.Parse((byte[])[.. "SSHKRL\n\0"u8, .. file]));
        KnownHosts.Parse("file", file).Check("host", 22, Keys[0].PublicKey);
        return true;
    }));

    [Fact]
    public void Legacy_rsa_signatures_count_only_where_they_are_asked_for()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        System.Security.Cryptography.RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: false);
        var blob = new SshWriter(new byte[512]);
        blob.WriteString(KeyTypes.Rsa);
        blob.WriteUnsignedMpint(parameters.Exponent);
        blob.WriteUnsignedMpint(parameters.Modulus);
        var key = Assert.IsType<RsaPublicKey>(PublicKey.Parse(blob.Written));
#pragma warning disable CA5350 // SHA-1 is what is tested.
        byte[] raw = rsa.SignData(Data, System.Security.Cryptography.HashAlgorithmName.SHA1, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
#pragma warning restore CA5350
        var signature = new SshWriter(new byte[512]);
        signature.WriteString(KeyTypes.Rsa);
        signature.WriteString(raw);
        Assert.True(key.VerifyLegacySha1(Data, signature.Written));
        Assert.False(key.VerifyLegacySha1(Data.AsSpan(1), signature.Written));
        Assert.False(key.Verify(KeyTypes.Rsa, Data, signature.Written));
        Assert.False(key.Verify(KeyTypes.RsaSha256, Data, signature.Written));
    }

    private static byte[] Damage(ReadOnlySpan<byte> bytes, int seed)
    {
        var random = new System.Random(seed);
        byte[] damaged = bytes.ToArray();
        for (int n = random.Next(1, 4); n > 0; n--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }
}
