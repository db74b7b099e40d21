using System.Net;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class CertificateTests
{
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);

    public static TheoryData<string, string> Types => PrivateKeyFileTests.SshKeygenTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_certificate_of_ssh_keygen_is_read(string type, string bits)
    {
        using var folder = new TempFolder();
        PrivateKey authority = TestKeys.Get(type, bits, 1), key = TestKeys.Get(type, bits);
        folder.Write("ca", authority.ToOpenSshFile());
        folder.Write("id", key.ToOpenSshFile());
        folder.Write("id.pub", key.PublicKey + "\n");
        folder.Run(
            "ssh-keygen", "-q", "-s", folder["ca"], "-I", "the key id", "-n", "alice,bob", "-z", "42", "-V", "20300101000000Z:20310101000000Z", "-O",
            "force-command=date", "-O", "source-address=10.0.0.0/8,::1", "-O", "no-x11-forwarding", "-O", "verify-required", "-O", "critical:odd@example=x",
            folder["id.pub"]);

        using CertificateSigner signer = CertificateSigner.TryLoadBeside(folder["id"], PrivateKey.Load(folder["id"]))!;
        var certificate = Assert.IsType<Certificate>(signer.PublicKey);
        Assert.Equal(KeyTypes.CertificateName(key.PublicKey.KeyType), certificate.KeyType);
        Assert.Equal(key.PublicKey, certificate.Key);
        Assert.Equal(authority.PublicKey, certificate.SignatureKey);
        Assert.Equal((42UL, CertificateType.User, "the key id"), (certificate.Serial, certificate.Type, certificate.KeyId));
        Assert.Equal(["alice", "bob"], certificate.Principals);
        Assert.Equal((ulong)new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), certificate.ValidAfter);
        Assert.Equal((ulong)new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), certificate.ValidBefore);
        Assert.Equal("date", certificate.ForceCommand);
        Assert.True(certificate.SourceAddress!.Allows(IPAddress.Parse("10.1.1.1")));
        Assert.False(certificate.SourceAddress.Allows(IPAddress.Parse("11.1.1.1")));
        Assert.True(certificate is { VerifyRequired: true, PermitPty: true, PermitX11Forwarding: false, PermitAgentForwarding: true, NoTouchRequired: false });
        Assert.Equal(["odd@example"], certificate.UnknownCriticalOptions);
        Assert.Contains("critical option", certificate.Check(CertificateType.User, "alice", Now), StringComparison.Ordinal);

        foreach (string algorithm in certificate.SignatureAlgorithms)
        {
            byte[] signature = await signer.SignAsync(algorithm, Data, default);
            Assert.True(certificate.Verify(algorithm, Data, signature), algorithm);
            Assert.False(certificate.Verify(KeyTypes.PlainName(algorithm), Data, signature));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Ssh_keygen_reads_our_certificates(string type, string bits)
    {
        using var folder = new TempFolder();
        PrivateKey authority = TestKeys.Get(type, bits, 1);
        CertificateBuilder builder = Builder with
        {
            Key = TestKeys.Get(type, bits).PublicKey,
            Serial = 7,
            CriticalOptions = [new(CertificateOption.SourceAddress, "10.0.0.0/8"), new(CertificateOption.ForceCommand, "date -u")],
            Extensions = CertificateBuilder.DefaultExtensions,
        };
        Certificate certificate = await builder.SignAsync(authority, default);
        folder.Write("id-cert.pub", certificate + " comment\n");
        string shown = folder.Run("ssh-keygen", "-L", "-f", folder["id-cert.pub"]);
        foreach (string expected in (string[])[
            "user certificate", "Serial: 7", "Key ID: \"alice's session\"", authority.PublicKey.Fingerprint, "alice", "force-command date -u",
            "source-address 10.0.0.0/8", "permit-X11-forwarding", "permit-pty"])
        {
            Assert.Contains(expected, shown, StringComparison.Ordinal);
        }

        Assert.Equal(certificate, PublicKey.Parse(certificate.Blob.Span));
        Assert.Null(certificate.Check(CertificateType.User, "alice", Now));
    }

    [Fact]
    public async Task Check_says_why_a_certificate_does_not_fit()
    {
        Certificate certificate = await Builder.SignAsync(TestKeys.Rsa, default);
        Assert.Null(certificate.Check(CertificateType.User, "alice", Now));
        Assert.Null(certificate.Check(CertificateType.User, principal: null, Now));
        Assert.Null(certificate.Check(CertificateType.User, "alice", Now.AddHours(-1)));
        Assert.Contains("not valid yet", certificate.Check(CertificateType.User, "alice", Now.AddHours(-1).AddSeconds(-1)), StringComparison.Ordinal);
        Assert.Null(certificate.Check(CertificateType.User, "alice", Now.AddHours(1).AddSeconds(-1)));
        Assert.Contains("expired", certificate.Check(CertificateType.User, "alice", Now.AddHours(1)), StringComparison.Ordinal);
        Assert.Contains("host certificate", certificate.Check(CertificateType.Host, "alice", Now), StringComparison.Ordinal);
        foreach (string name in (string[])["Alice", "bob", "", "*", "alice,bob"]) Assert.NotNull(certificate.Check(CertificateType.User, name, Now));

        Certificate joined = await (Builder with { Principals = ["deploy,root"] }).SignAsync(TestKeys.Rsa, default);
        Assert.NotNull(joined.Check(CertificateType.User, "root", Now));
        Certificate nobody = await (Builder with { Principals = [] }).SignAsync(TestKeys.Rsa, default);
        Assert.NotNull(nobody.Check(CertificateType.User, "alice", Now));
        Certificate blank = await (Builder with { Principals = [""] }).SignAsync(TestKeys.Rsa, default);
        Assert.NotNull(blank.Check(CertificateType.User, "", Now));
    }

    [Theory]
    [InlineData("source-address", "nonsense")]
    [InlineData("source-address", "10.0.0.1/8")]
    [InlineData("source-address", null)]
    [InlineData("force-command", null)]
    [InlineData("anything", "x")]
    public async Task A_critical_option_that_cannot_be_obeyed_counts_as_unknown(string name, string? value)
    {
        Certificate certificate = await (Builder with { CriticalOptions = [new(name, value)] }).SignAsync(TestKeys.Ed25519, default);
        Assert.Equal([name], certificate.UnknownCriticalOptions);
        Assert.NotNull(certificate.Check(CertificateType.User, "alice", Now));
    }

    [Fact]
    public async Task At_most_256_principals_are_accepted()
    {
        string[] names = [.. Enumerable.Range(0, 256).Select(n => $"user{n}")];
        Certificate most = await (Builder with { Principals = names }).SignAsync(TestKeys.Ed25519, default);
        Assert.Equal(256, most.Principals.Count);

        // One more, written by hand: the builder refuses.
        byte[] blob = await ForgeAsync(TestKeys.Ed25519, [.. names, "one more"], TestKeys.Ed25519.PublicKey.Blob.ToArray());
        Assert.False(PublicKey.TryParse(blob, out _, out string? problem));
        Assert.Contains("principals", problem, StringComparison.Ordinal);
        Assert.True(PublicKey.TryParse(await ForgeAsync(TestKeys.Ed25519, names, TestKeys.Ed25519.PublicKey.Blob.ToArray()), out _));
    }

    [Fact]
    public async Task A_certificate_cannot_be_an_authority()
    {
        Certificate certificate = await Builder.SignAsync(TestKeys.Ed25519, default);
        Assert.False(PublicKey.TryParse(await ForgeAsync(TestKeys.Ed25519, ["alice"], certificate.Blob.ToArray()), out _, out string? problem));
        Assert.Contains("another certificate", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_of_another_key_is_refused()
    {
        byte[] blob = await ForgeAsync(TestKeys.Ed25519, ["alice"], TestKeys.Get("ed25519", number: 1).PublicKey.Blob.ToArray());
        Assert.False(PublicKey.TryParse(blob, out _, out string? problem));
        Assert.Contains("signature", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_changed_byte_or_truncation_is_refused()
    {
        Certificate certificate = await (Builder with
        {
            CriticalOptions = [new(CertificateOption.ForceCommand, "date")],
            Extensions = CertificateBuilder.DefaultExtensions,
        }).SignAsync(TestKeys.Ed25519, default);
        byte[] blob = certificate.Blob.ToArray();
        for (int at = 0; at < blob.Length; at++)
        {
            Assert.False(PublicKey.TryParse(blob.AsSpan(0, at), out _));
            blob[at] ^= 0x20;
            Assert.False(PublicKey.TryParse(blob, out _));
            blob[at] ^= 0x20;
        }

        Assert.False(PublicKey.TryParse((byte[])[.. blob, 0], out _));
        Assert.True(PublicKey.TryParse(blob, out _));
    }

    [Fact]
    public async Task A_certificate_of_another_key_beside_a_key_file_is_an_error()
    {
        using var folder = new TempFolder();
        Certificate certificate = await Builder.SignAsync(TestKeys.Rsa, default);
        Assert.Null(CertificateSigner.TryLoadBeside(folder["id"], TestKeys.Ed25519));
        folder.Write("id-cert.pub", certificate.ToString());
        Assert.NotNull(CertificateSigner.TryLoadBeside(folder["id"], TestKeys.Ed25519));
        Assert.Throws<KeyFileException>(() => CertificateSigner.TryLoadBeside(folder["id"], TestKeys.Rsa));
        folder.Write("id-cert.pub", TestKeys.Ed25519.PublicKey.ToString());
        Assert.Throws<KeyFileException>(() => CertificateSigner.TryLoadBeside(folder["id"], TestKeys.Ed25519));
    }

    [Fact]
    public void Names_of_certificate_algorithms_go_both_ways()
    {
        Assert.Equal("rsa-sha2-512-cert-v01@openssh.com", KeyTypes.CertificateName("rsa-sha2-512"));
        Assert.Equal("sk-ssh-ed25519-cert-v01@openssh.com", KeyTypes.CertificateName(KeyTypes.SkEd25519));
        foreach (string name in KeyTypes.All) Assert.Equal(name, KeyTypes.IsCertificateName(name) ? KeyTypes.CertificateName(KeyTypes.PlainName(name)) : KeyTypes.PlainName(name));
    }

    private static CertificateBuilder Builder => new()
    {
        Key = TestKeys.Ed25519.PublicKey,
        KeyId = "alice's session",
        Principals = ["alice"],
        ValidAfter = Now.AddHours(-1),
        ValidBefore = Now.AddHours(1),
    };

    private static async Task<byte[]> ForgeAsync(PrivateKey signer, string[] principals, byte[] authority)
    {
        byte[] contents = Write(principals, authority);
        byte[] signature = await signer.SignAsync(KeyTypes.Ed25519, contents, default);
        var writer = new SshWriter(new byte[4096]);
        writer.WriteBytes(contents);
        writer.WriteString(signature);
        return writer.ToArray();
    }

    private static byte[] Write(string[] principals, byte[] authority)
    {
        var names = new SshWriter(new byte[8192]);
        foreach (string principal in principals) names.WriteString(principal);
        var writer = new SshWriter(new byte[8192]);
        writer.WriteString(KeyTypes.CertificateName(KeyTypes.Ed25519));
        writer.WriteString(new byte[32]);
        writer.WriteBytes(TestKeys.Ed25519.PublicKey.Blob.Span[(4 + KeyTypes.Ed25519.Length)..]);
        writer.WriteUInt64(1);
        writer.WriteUInt32(1);
        writer.WriteString("id");
        writer.WriteString(names.Written);
        writer.WriteUInt64(0);
        writer.WriteUInt64(ulong.MaxValue);
        writer.WriteString("");
        writer.WriteString("");
        writer.WriteString("");
        writer.WriteString(authority);
        return writer.ToArray();
    }
}
