using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class RevokedKeysTests
{
    private static readonly PrivateKey Authority = TestKeys.Get("ed25519", number: 5);
    private static readonly PrivateKey OtherAuthority = TestKeys.Get("ed25519", number: 6);

    [Theory]
    [InlineData("")]
    [InlineData("sha1: ")]
    [InlineData("sha256: ")]
    public void Keys_in_a_list_of_ssh_keygen_are_revoked(string form)
    {
        using var folder = new TempFolder();
        RevokedKeys revoked = Make(folder, form + TestKeys.Ed25519.PublicKey + "\n" + form + TestKeys.Rsa.PublicKey + "\n");
        Assert.True(revoked.IsRevoked(TestKeys.Ed25519.PublicKey));
        Assert.True(revoked.IsRevoked(TestKeys.Rsa.PublicKey));
        Assert.False(revoked.IsRevoked(TestKeys.Get("ecdsa", "256").PublicKey));
        Assert.True(revoked.IsRevoked(Sign(Authority, 1)));
        Assert.False(revoked.IsRevoked(Sign(Authority, 1, key: TestKeys.Get("ed25519", number: 7).PublicKey)));
        Assert.True(revoked.IsRevoked(Sign(TestKeys.Rsa, 1, key: TestKeys.Get("ed25519", number: 7).PublicKey)));
    }

    [Fact]
    public void Serials_ranges_bitmaps_and_key_ids_of_ssh_keygen_are_revoked()
    {
        using var folder = new TempFolder();
        string dense = string.Concat(Enumerable.Range(0, 100).Select(n => $"serial: {10_000 + (n * 3)}\n"));
        RevokedKeys revoked = Make(
            folder, "serial: 5\nserial: 100-200\nserial: 18446744073709551615\nid: bad id\nserial: 9000000000000000000-9000000000000000010\n" + dense,
            "-s", folder.Write("ca.pub", Authority.PublicKey + "\n"));
        ulong[] bad = [5, 100, 150, 200, ulong.MaxValue, 9_000_000_000_000_000_005, 10_000, 10_003, 10_297];
        ulong[] good = [1, 4, 6, 99, 201, ulong.MaxValue - 1, 9_000_000_000_000_000_011, 9_999, 10_001, 10_298, 10_300];
        Assert.All(bad, serial => Assert.True(revoked.IsRevoked(Sign(Authority, serial)), $"{serial}"));
        Assert.All(bad, serial => Assert.False(revoked.IsRevoked(Sign(OtherAuthority, serial)), $"{serial}"));
        Assert.All(good, serial => Assert.False(revoked.IsRevoked(Sign(Authority, serial)), $"{serial}"));
        Assert.True(revoked.IsRevoked(Sign(Authority, 1, keyId: "bad id")));
        Assert.False(revoked.IsRevoked(Sign(OtherAuthority, 1, keyId: "bad id")));
        Assert.False(revoked.IsRevoked(TestKeys.Ed25519.PublicKey));
    }

    [Fact]
    public void A_part_without_authority_concerns_all_of_them()
    {
        using var folder = new TempFolder();
        RevokedKeys revoked = Make(folder, "id: bad id\nserial: 1-3\n", "-s", "none");
        Assert.True(revoked.IsRevoked(Sign(Authority, 9, keyId: "bad id")));
        Assert.True(revoked.IsRevoked(Sign(OtherAuthority, 2)));
        Assert.False(revoked.IsRevoked(Sign(OtherAuthority, 4)));
    }

    [Fact]
    public void A_plain_list_revokes_keys_their_certificates_and_what_an_authority_signed()
    {
        RevokedKeys revoked = Parse($"# gone\n\n{TestKeys.Rsa.PublicKey} alice\n{OtherAuthority.PublicKey}\n");
        Assert.True(revoked.IsRevoked(TestKeys.Rsa.PublicKey));
        Assert.True(revoked.IsRevoked(Sign(Authority, 1, key: TestKeys.Rsa.PublicKey)));
        Assert.True(revoked.IsRevoked(Sign(OtherAuthority, 1)));
        Assert.False(revoked.IsRevoked(Sign(Authority, 1)));
        Assert.False(RevokedKeys.None.IsRevoked(TestKeys.Rsa.PublicKey));
    }

    [Fact]
    public void A_list_with_a_bad_line_is_an_error_that_names_it()
    {
        using var folder = new TempFolder();
        folder.Write("revoked", $"{TestKeys.Rsa.PublicKey}\nrubbish\n");
        var problem = Assert.Throws<KeyFileException>(() => RevokedKeys.Load(folder["revoked"]));
        Assert.StartsWith(folder["revoked"] + ": line 2", problem.Message, StringComparison.Ordinal);
        Assert.Throws<KeyFileException>(() => RevokedKeys.Load(folder["absent"]));
    }

    [Fact]
    public void A_truncated_list_is_an_error_except_between_sections()
    {
        using var folder = new TempFolder();
        Make(folder, $"serial: 5\nserial: 100-200\nid: x\n{TestKeys.Ed25519.PublicKey}\n", "-s", folder.Write("ca.pub", Authority.PublicKey + "\n"));
        byte[] file = folder.Read("krl");
        int whole = 0;
        for (int length = 8; length < file.Length; length++)
        {
            try
            {
                RevokedKeys.Parse(file.AsSpan(0, length));
                whole++;
            }
            catch (KeyFileException e)
            {
                Assert.Equal(KeyFileProblem.Damaged, e.Problem);
            }
        }

        // After the header and after the section of certificates.
        Assert.Equal(2, whole);
    }

    [Fact]
    public void Damaged_lists_never_throw_anything_else()
    {
        using var folder = new TempFolder();
        Make(folder, "serial: 5\nserial: 100-200\nserial: 1000\nserial: 1002\nid: x\n", "-s", folder.Write("ca.pub", Authority.PublicKey + "\n"));
        byte[] file = folder.Read("krl");
        Certificate certificate = Sign(Authority, 1001);
        var random = new Random(1);
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. file];
            damaged[random.Next(8, damaged.Length)] = (byte)random.Next(256);
            try
            {
                RevokedKeys.Parse(damaged).IsRevoked(certificate);
            }
            catch (KeyFileException e)
            {
                Assert.Equal(KeyFileProblem.Damaged, e.Problem);
            }
        }
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(6, false)]
    [InlineData(4, true)]
    public void Unknown_sections_are_an_error_and_signatures_are_passed_over(byte section, bool accepted)
    {
        var writer = new SshWriter(new byte[128]);
        writer.WriteBytes("SSHKRL\n\0"u8);
        writer.WriteUInt32(1);
        for (int i = 0; i < 3; i++) writer.WriteUInt64(0);
        writer.WriteString("");
        writer.WriteString("");
        writer.WriteByte(section);
        writer.WriteString(new byte[] { 0, 0, 0, 0 });
        if (section == 4) writer.WriteString("signature");
        byte[] file = writer.ToArray();
        if (accepted) Assert.False(RevokedKeys.Parse(file).IsRevoked(TestKeys.Ed25519.PublicKey));
        else Assert.Throws<KeyFileException>(() => RevokedKeys.Parse(file));
    }

    private static RevokedKeys Parse(string file) => RevokedKeys.Parse(Encoding.UTF8.GetBytes(file));

    private static RevokedKeys Make(TempFolder folder, string specification, params string[] options)
    {
        folder.Write("spec", specification);
        folder.Run("ssh-keygen", ["-q", "-k", "-f", folder["krl"], .. options, folder["spec"]]);
        return RevokedKeys.Load(folder["krl"]);
    }

    private static Certificate Sign(PrivateKey authority, ulong serial, string keyId = "good", PublicKey? key = null) => new CertificateBuilder
    {
        Key = key ?? TestKeys.Ed25519.PublicKey,
        Serial = serial,
        KeyId = keyId,
        Principals = ["alice"],
        ValidAfter = DateTimeOffset.UnixEpoch,
        ValidBefore = DateTimeOffset.UnixEpoch.AddYears(200),
    }.SignAsync(authority, default).AsTask().Result;
}
