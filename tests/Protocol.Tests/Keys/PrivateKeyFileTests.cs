using System.Text;
using SshGateway.Protocol.Keys;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class PrivateKeyFileTests
{
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");

    public static TheoryData<string, string> SshKeygenTypes => new()
    {
        { "ed25519", "" }, { "rsa", "2048" }, { "ecdsa", "256" }, { "ecdsa", "384" }, { "ecdsa", "521" },
    };

    public static TheoryData<string, string, string, string> PemFiles
    {
        get
        {
            var data = new TheoryData<string, string, string, string>();
            foreach (string format in (string[])["PEM", "PKCS8"])
            {
                foreach (string passphrase in (string[])["", "open sesame"])
                {
                    data.Add("rsa", "2048", format, passphrase);
                    data.Add("ecdsa", "256", format, passphrase);
                    data.Add("ecdsa", "384", format, passphrase);
                    data.Add("ecdsa", "521", format, passphrase);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(SshKeygenTypes))]
    public void A_file_of_ssh_keygen_is_read(string type, string bits)
    {
        using var folder = new TempFolder();
        Generate(folder, type, bits, "");
        using PrivateKey key = PrivateKey.Load(folder["id"]);
        Assert.Equal("a comment", key.Comment);
        Assert.Equal(folder.ReadText("id.pub").TrimEnd(), key.PublicKey + " a comment");
        Assert.Contains(key.PublicKey.Fingerprint, folder.Run("ssh-keygen", "-l", "-f", folder["id.pub"]), StringComparison.Ordinal);
        AssertSigns(key);
    }

    [Theory]
    [InlineData("aes256-ctr")]
    [InlineData("aes128-ctr")]
    [InlineData("aes256-cbc")]
    [InlineData("aes256-gcm@openssh.com")]
    public void An_encrypted_file_of_ssh_keygen_is_read(string cipher)
    {
        using var folder = new TempFolder();
        folder.Run("ssh-keygen", "-q", "-t", "ed25519", "-a", "3", "-Z", cipher, "-N", "open sesame", "-f", folder["id"]);
        using PrivateKey key = PrivateKey.Load(folder["id"], "open sesame"u8);
        Assert.StartsWith(key.PublicKey.ToString(), folder.ReadText("id.pub"), StringComparison.Ordinal);

        Assert.Equal(KeyFileProblem.PassphraseNeeded, Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["id"])).Problem);
        var wrong = Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["id"], "open sesam"u8));
        Assert.Equal(KeyFileProblem.PassphraseWrong, wrong.Problem);
        Assert.StartsWith(folder["id"] + ": ", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SshKeygenTypes))]
    public void Ssh_keygen_reads_our_files(string type, string bits)
    {
        using var folder = new TempFolder();
        PrivateKey key = TestKeys.Get(type, bits);
        folder.Write("plain", key.ToOpenSshFile("made here"));
        Assert.Equal($"{key.PublicKey} made here", folder.Run("ssh-keygen", "-y", "-f", folder["plain"]).TrimEnd());
    }

    [Theory]
    [InlineData("ed25519", "")]
    [InlineData("rsa", "2048")]
    public void Ssh_keygen_reads_our_encrypted_files(string type, string bits)
    {
        using var folder = new TempFolder();
        PrivateKey key = TestKeys.Get(type, bits);
        folder.Write("encrypted", key.ToOpenSshFile("made here", "open sesame"u8));
        Assert.Equal($"{key.PublicKey} made here", folder.Run("ssh-keygen", "-y", "-P", "open sesame", "-f", folder["encrypted"]).TrimEnd());
        using PrivateKey again = PrivateKey.Load(folder["encrypted"], "open sesame"u8);
        Assert.Equal(key.PublicKey, again.PublicKey);
        AssertSigns(again);
    }

    [Theory]
    [MemberData(nameof(PemFiles))]
    public void Pem_files_are_read(string type, string bits, string format, string passphrase)
    {
        using var folder = new TempFolder();
        folder.Run("ssh-keygen", "-q", "-t", type, "-b", bits, "-m", format, "-N", passphrase, "-f", folder["id"]);
        using PrivateKey key = PrivateKey.Load(folder["id"], Encoding.UTF8.GetBytes(passphrase));
        Assert.StartsWith(key.PublicKey.ToString(), folder.ReadText("id.pub"), StringComparison.Ordinal);
        AssertSigns(key);
        if (passphrase.Length == 0) return;
        Assert.Equal(KeyFileProblem.PassphraseNeeded, Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["id"])).Problem);
        Assert.Equal(KeyFileProblem.PassphraseWrong, Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["id"], "no"u8)).Problem);
    }

    [Theory]
    [InlineData("ed25519", "", PemFormat.Pkcs8, "BEGIN PRIVATE KEY", "")]
    [InlineData("ed25519", "", PemFormat.Pkcs8, "BEGIN ENCRYPTED PRIVATE KEY", "open sesame")]
    [InlineData("rsa", "2048", PemFormat.Pkcs8, "BEGIN ENCRYPTED PRIVATE KEY", "open sesame")]
    [InlineData("rsa", "2048", PemFormat.Traditional, "BEGIN RSA PRIVATE KEY", "")]
    [InlineData("ecdsa", "256", PemFormat.Pkcs8, "BEGIN PRIVATE KEY", "")]
    [InlineData("ecdsa", "384", PemFormat.Traditional, "BEGIN EC PRIVATE KEY", "")]
    [InlineData("ecdsa", "521", PemFormat.Pkcs8, "BEGIN ENCRYPTED PRIVATE KEY", "open sesame")]
    public void Openssl_and_we_read_the_pem_files_we_write(string type, string bits, PemFormat format, string label, string passphrase)
    {
        using var folder = new TempFolder();
        PrivateKey key = TestKeys.Get(type, bits);
        folder.Write("id", key.ToPemFile(format, Encoding.UTF8.GetBytes(passphrase)));
        Assert.StartsWith($"-----{label}-----\n", folder.ReadText("id"), StringComparison.Ordinal);
        folder.Run("openssl", "pkey", "-in", folder["id"], "-passin", "pass:" + passphrase, "-out", folder["again"]);
        foreach (string file in (string[])["id", "again"])
        {
            using PrivateKey read = PrivateKey.Load(folder[file], file == "id" ? Encoding.UTF8.GetBytes(passphrase) : default);
            Assert.Equal(key.PublicKey, read.PublicKey);
            AssertSigns(read);
        }

        if (type == "ed25519") Assert.Throws<ArgumentException>(() => key.ToPemFile(PemFormat.Traditional));
        else Assert.Throws<ArgumentException>(() => key.ToPemFile(PemFormat.Traditional, "open sesame"u8));
    }

    [Theory]
    [InlineData("ed25519", "")]
    [InlineData("ec", "ec_paramgen_curve:P-256")]
    [InlineData("rsa", "rsa_keygen_bits:2048")]
    public void Pkcs8_files_of_openssl_are_read(string algorithm, string option)
    {
        using var folder = new TempFolder();
        folder.Run("openssl", ["genpkey", "-algorithm", algorithm, "-out", folder["id"], .. option.Length > 0 ? (string[])["-pkeyopt", option] : []]);
        using PrivateKey key = PrivateKey.Load(folder["id"]);
        AssertSigns(key);
        folder.Run("openssl", "pkcs8", "-topk8", "-scrypt", "-in", folder["id"], "-passout", "pass:open sesame", "-out", folder["scrypt"]);
        using PrivateKey encrypted = PrivateKey.Load(folder["scrypt"], "open sesame"u8);
        Assert.Equal(key.PublicKey, encrypted.PublicKey);
    }

    [Fact]
    public void A_pem_file_that_asks_for_endless_work_is_refused()
    {
        using var folder = new TempFolder();
        folder.Run("openssl", "genpkey", "-algorithm", "ed25519", "-out", folder["id"]);
        folder.Run("openssl", "pkcs8", "-topk8", "-iter", "3", "-in", folder["id"], "-passout", "pass:x", "-out", folder["encrypted"]);
        string pem = folder.ReadText("encrypted");
        byte[] der = Convert.FromBase64String(string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-'))));

        // INTEGER 3 becomes INTEGER 127, which is fine, and INTEGER -1, which is not.
        int at = der.AsSpan().IndexOf((byte[])[0x02, 0x01, 0x03]);
        der[at + 2] = 0x7f;
        Assert.Equal(KeyFileProblem.PassphraseWrong, Assert.Throws<KeyFileException>(() => PrivateKey.Parse(Pem(der), "x"u8)).Problem);
        der[at + 2] = 0xff;
        Assert.Equal(KeyFileProblem.Unsupported, Assert.Throws<KeyFileException>(() => PrivateKey.Parse(Pem(der), "x"u8)).Problem);
    }

    [Fact]
    public void An_openssh_file_that_asks_for_endless_work_is_refused()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519();
        byte[] blob = Decode(key.ToOpenSshFile("", "x"u8));
        int at = blob.AsSpan().IndexOf("bcrypt"u8) + 6 + 4 + 4 + 16;
        Assert.Equal(24, blob[at + 3]);
        blob[at] = 0x7f;
        var refused = Assert.Throws<KeyFileException>(() => PrivateKey.Parse(Encode(blob), "x"u8));
        Assert.Equal(KeyFileProblem.Unsupported, refused.Problem);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("hello\n", "not a private key")]
    [InlineData("PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "a public key")]
    public void What_is_no_private_key_is_named(string content, string expected)
    {
        using var folder = new TempFolder();
        folder.Write("id", content);
        var problem = Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["id"]));
        Assert.Equal(KeyFileProblem.NotAPrivateKey, problem.Problem);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_key_file_and_a_missing_file_are_named()
    {
        using var folder = new TempFolder();
        using PrivateKey key = PrivateKey.GenerateEd25519();
        folder.Write("id.pub", key.PublicKey + " me\n");
        Assert.Contains("a public key, not a private key", Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["id.pub"])).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder["absent"])).Message, StringComparison.Ordinal);
        Assert.Equal(KeyFileProblem.Unreadable, Assert.Throws<KeyFileException>(() => PrivateKey.Load(folder.Path)).Problem);
    }

    [Theory]
    [MemberData(nameof(SshKeygenTypes))]
    public void A_file_truncated_at_any_byte_is_an_error(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        byte[] blob = Decode(key.ToOpenSshFile("c"));
        for (int length = 0; length < blob.Length; length++)
            Assert.Throws<KeyFileException>(() => PrivateKey.Parse(Encode(blob.AsSpan(0, length))));
        byte[] file = key.ToOpenSshFile("c");
        for (int length = 0; length < file.Length - 1; length++)
            Assert.Throws<KeyFileException>(() => PrivateKey.Parse(file.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("rsa", "2048", "PEM")]
    [InlineData("ecdsa", "256", "PKCS8")]
    public void A_pem_file_truncated_at_any_byte_is_an_error(string type, string bits, string format)
    {
        using var folder = new TempFolder();
        folder.Run("ssh-keygen", "-q", "-t", type, "-b", bits, "-m", format, "-N", "", "-f", folder["id"]);
        byte[] file = folder.Read("id");
        for (int length = 0; length < file.Length - 1; length++)
            Assert.Throws<KeyFileException>(() => PrivateKey.Parse(file.AsSpan(0, length)));
    }

    [Theory]
    [MemberData(nameof(SshKeygenTypes))]
    public void A_damaged_byte_gives_an_error_or_the_same_key(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        byte[] blob = Decode(key.ToOpenSshFile("c"));
        int step = Math.Max(1, blob.Length / 100);
        for (int at = 0; at < blob.Length; at += step)
        {
            blob[at] ^= 0x41;
            try
            {
                using PrivateKey damaged = PrivateKey.Parse(Encode(blob));
                Assert.Equal(key.PublicKey, damaged.PublicKey);
                AssertSigns(damaged);
            }
            catch (KeyFileException)
            {
                // Expected for nearly every byte; the others are those of the comment.
            }

            blob[at] ^= 0x41;
        }
    }

    [Fact]
    public void Halves_that_do_not_belong_together_are_refused()
    {
        using PrivateKey one = PrivateKey.GenerateEcdsa(), two = PrivateKey.GenerateEcdsa();
        byte[] blob = Decode(one.ToOpenSshFile("")), other = two.PublicKey.Blob.ToArray();

        // Both public halves (outside and in the private section) become the other key's.
        byte[] own = one.PublicKey.Blob.ToArray();
        for (int at; (at = blob.AsSpan().IndexOf(own)) >= 0;) other.CopyTo(blob.AsSpan(at));
        Assert.Equal(KeyFileProblem.Damaged, Assert.Throws<KeyFileException>(() => PrivateKey.Parse(Encode(blob))).Problem);
    }

    private static void Generate(TempFolder folder, string type, string bits, string passphrase)
    {
        string[] size = bits.Length == 0 ? [] : ["-b", bits];
        folder.Run("ssh-keygen", ["-q", "-t", type, .. size, "-N", passphrase, "-C", "a comment", "-f", folder["id"]]);
    }

    private static void AssertSigns(PrivateKey key)
    {
        foreach (string algorithm in key.PublicKey.SignatureAlgorithms)
            Assert.True(key.PublicKey.Verify(algorithm, Data, key.Sign(algorithm, Data)), algorithm);
    }

    private static byte[] Pem(byte[] der) => Encoding.ASCII.GetBytes(
        $"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{Convert.ToBase64String(der)}\n-----END ENCRYPTED PRIVATE KEY-----\n");

    private static byte[] Decode(byte[] file) => Convert.FromBase64String(
        string.Concat(Encoding.ASCII.GetString(file).Split('\n').Where(line => !line.StartsWith('-'))));

    private static byte[] Encode(ReadOnlySpan<byte> blob) => Encoding.ASCII.GetBytes(
        $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Convert.ToBase64String(blob)}\n-----END OPENSSH PRIVATE KEY-----\n");
}
