using System.Buffers.Text;
using System.Text;
using SshGateway.Protocol.Keys;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

/// <summary>Signatures made by an authenticator in software, as OpenSSH's PROTOCOL.u2f describes them.</summary>
public sealed class SecurityKeyTests
{
    private const byte Present = SoftwareAuthenticator.Present;
    private const byte Verified = SoftwareAuthenticator.Verified;
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");

    public static TheoryData<string> Algorithms => new() { KeyTypes.SkEd25519, KeyTypes.SkEcdsaP256, KeyTypes.WebauthnSkEcdsaP256 };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_touched_key_verifies_and_tells_flags_and_counter(string algorithm)
    {
        PublicKey key = KeyFor(algorithm);
        Assert.True(key.IsSecurityKey);
        byte[] signature = Sign(algorithm, Data, Present | Verified, 0x01020304);
        Assert.True(key.Verify(algorithm, Data, signature));
        Assert.True(key.VerifySk(algorithm, Data, signature, out SkSignatureInfo info));
        Assert.Equal(new SkSignatureInfo(UserPresent: true, UserVerified: true, 0x01020304), info);
        Assert.Equal(key, PublicKey.Parse(key.Blob.Span));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Without_touch_only_the_call_that_leaves_policy_to_the_caller_accepts(string algorithm)
    {
        PublicKey key = KeyFor(algorithm);
        byte[] signature = Sign(algorithm, Data, 0, 1);
        Assert.False(key.Verify(algorithm, Data, signature));
        Assert.True(key.VerifySk(algorithm, Data, signature, out SkSignatureInfo info));
        Assert.Equal(new SkSignatureInfo(UserPresent: false, UserVerified: false, 1), info);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Any_changed_byte_truncation_or_addition_is_false(string algorithm)
    {
        PublicKey key = KeyFor(algorithm);
        byte[] signature = Sign(algorithm, Data, Present, 7);
        for (int at = 0; at < signature.Length; at++)
        {
            Assert.False(key.VerifySk(algorithm, Data, signature.AsSpan(0, at), out _));
            signature[at] ^= 0x08;
            Assert.False(key.VerifySk(algorithm, Data, signature, out SkSignatureInfo info));
            Assert.Equal(default, info);
            signature[at] ^= 0x08;
        }

        Assert.False(key.VerifySk(algorithm, Data, (byte[])[.. signature, 0], out _));
        Assert.False(key.VerifySk(algorithm, Data.AsSpan(1), signature, out _));
        Assert.False(key.VerifySk(KeyTypes.Ed25519, Data, signature, out _));
        Assert.True(key.VerifySk(algorithm, Data, signature, out _));
    }

    [Fact]
    public void The_two_ecdsa_forms_are_not_taken_for_each_other()
    {
        PublicKey key = KeyFor(KeyTypes.SkEcdsaP256);
        Assert.False(key.Verify(KeyTypes.WebauthnSkEcdsaP256, Data, Sign(KeyTypes.SkEcdsaP256, Data, Present, 1)));
        Assert.False(key.Verify(KeyTypes.SkEcdsaP256, Data, Sign(KeyTypes.WebauthnSkEcdsaP256, Data, Present, 1)));
        Assert.False(KeyFor(KeyTypes.SkEd25519).Verify(KeyTypes.WebauthnSkEcdsaP256, Data, Sign(KeyTypes.WebauthnSkEcdsaP256, Data, Present, 1)));
    }

    [Theory]
    [InlineData("{\"type\":\"webauthn.create\",\"challenge\":\"@\",\"origin\":\"https://x\"}", "https://x", false)]
    [InlineData("{\"type\":\"webauthn.get\",\"challenge\":\"@\",\"origin\":\"https://y\"}", "https://x", false)]
    [InlineData("{\"type\":\"webauthn.get\",\"challenge\":\"@A\",\"origin\":\"https://x\"}", "https://x", false)]
    [InlineData("{\"type\":\"webauthn.get\",\"challenge\":\"@\",\"origin\":\"https://x", "https://x", false)]
    [InlineData("{\"type\":\"webauthn.get\",\"challenge\":\"@\",\"origin\":\"a\",\"b\"}", "a\",\"b", false)]
    [InlineData("{\"type\":\"webauthn.get\",\"challenge\":\"@\",\"origin\":\"https://x\",\"crossOrigin\":false}", "https://x", true)]
    public void A_browsers_text_must_speak_of_this_challenge_and_origin(string template, string origin, bool accepted)
    {
        string text = template.Replace("@", Base64Url.EncodeToString(Data), StringComparison.Ordinal);
        byte[] signature = SignWebauthn(Encoding.UTF8.GetBytes(text), origin, [], Present);
        Assert.Equal(accepted, KeyFor(KeyTypes.WebauthnSkEcdsaP256).Verify(KeyTypes.WebauthnSkEcdsaP256, Data, signature));
    }

    [Theory]
    [InlineData(Present, 0, true)]
    [InlineData(Present | 0x80, 3, true)]
    [InlineData(Present | 0x80, 0, false)]
    [InlineData(Present, 3, false)]
    [InlineData(Present | 0x40, 0, false)]
    public void Extension_flags_of_a_browsers_signature_tell_the_truth(byte flags, int extensionSize, bool accepted)
    {
        byte[] text = Encoding.UTF8.GetBytes($"{{\"type\":\"webauthn.get\",\"challenge\":\"{Base64Url.EncodeToString(Data)}\",\"origin\":\"o\"}}");
        byte[] signature = SignWebauthn(text, "o", new byte[extensionSize], flags);
        Assert.Equal(accepted, KeyFor(KeyTypes.WebauthnSkEcdsaP256).Verify(KeyTypes.WebauthnSkEcdsaP256, Data, signature));
    }

    [Theory]
    [InlineData(KeyTypes.SkEd25519)]
    [InlineData(KeyTypes.SkEcdsaP256)]
    public async Task A_certificate_of_a_security_key_asks_for_touch_too(string type)
    {
        Certificate certificate = await new CertificateBuilder
        {
            Key = KeyFor(type),
            KeyId = "id",
            Principals = ["alice"],
            ValidAfter = DateTimeOffset.UnixEpoch,
            ValidBefore = DateTimeOffset.UnixEpoch.AddYears(200),
            Extensions = [new(CertificateOption.NoTouchRequired)],
        }.SignAsync(TestKeys.Ed25519, default);
        string algorithm = KeyTypes.CertificateName(type);
        Assert.True(certificate is { NoTouchRequired: true, IsSecurityKey: true });
        Assert.True(certificate.Verify(algorithm, Data, Sign(type, Data, Present, 1)));
        Assert.False(certificate.Verify(algorithm, Data, Sign(type, Data, 0, 1)));
        Assert.True(certificate.VerifySk(algorithm, Data, Sign(type, Data, 0, 1), out _));
    }

    [Theory]
    [InlineData(KeyTypes.SkEd25519)]
    [InlineData(KeyTypes.SkEcdsaP256)]
    public void Ssh_keygen_and_we_agree_on_the_fingerprint(string type)
    {
        using var folder = new TempFolder();
        PublicKey key = KeyFor(type);
        folder.Write("sk.pub", key + " comment\n");
        Assert.Contains(key.Fingerprint, folder.Run("ssh-keygen", "-l", "-f", folder["sk.pub"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KeyTypes.SkEd25519)]
    [InlineData(KeyTypes.SkEcdsaP256)]
    public void Ssh_keygen_accepts_what_the_authenticator_of_these_tests_signs(string type)
    {
        using var folder = new TempFolder();
        byte[] message = Encoding.ASCII.GetBytes("message\n");
        folder.Write("allowed", $"alice {KeyFor(type)}\n");
        folder.Write("message.sig", SshSignature.Write(KeyFor(type), message, data => Sign(type, data, Present, 5)));
        (int status, string output, string error) = folder.RunWithInput(
            "message\n", "ssh-keygen", "-Y", "verify", "-f", folder["allowed"], "-I", "alice", "-n", SshSignature.Namespace, "-s", folder["message.sig"]);
        Assert.True(status == 0, output + error);
    }

    private static SoftwareAuthenticator Authenticator(string algorithm) =>
        new(algorithm, algorithm == KeyTypes.SkEd25519 ? TestKeys.Ed25519 : TestKeys.Get("ecdsa", "256"));

    private static PublicKey KeyFor(string algorithm) => Authenticator(algorithm).PublicKey;

    private static byte[] Sign(string algorithm, byte[] data, byte flags, uint counter) => Authenticator(algorithm).Sign(data, flags, counter);

    private static byte[] SignWebauthn(byte[] clientData, string origin, byte[] extensions, byte flags) =>
        Authenticator(KeyTypes.WebauthnSkEcdsaP256).SignWebauthn(clientData, origin, extensions, flags);
}
