using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Crypto;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

[Collection(nameof(NativeFaults))]
public sealed class NativeFaultTests
{
    private static readonly byte[] Data = Encoding.ASCII.GetBytes("what is signed");

    public static TheoryData<string, string> Types => PrivateKeyFileTests.SshKeygenTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public void A_failing_call_never_makes_a_signature_valid(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        string algorithm = key.PublicKey.SignatureAlgorithms[0];
        byte[] good = key.Sign(algorithm, Data), wrong = key.Sign(algorithm, "another text"u8);
        NativeFaults.FailEach(_ => Assert.False(Verifies(key.PublicKey, algorithm, wrong)));
        int calls = NativeFaults.FailEach(failing => Assert.Equal(failing.Length == 0, Verifies(key.PublicKey, algorithm, good)));
        Assert.True(calls >= 3, $"only {calls} calls went through the check");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_failing_call_never_lets_a_key_be_made_or_a_signature_leave(string type, string bits)
    {
        PrivateKey key = TestKeys.Get(type, bits);
        string algorithm = key.PublicKey.SignatureAlgorithms[0];
        byte[] file = key.ToOpenSshFile("");
        NativeFaults.FailEach(failing => Expect(failing, () => key.Sign(algorithm, Data)));
        NativeFaults.FailEach(failing => Expect(failing, () => key.ToOpenSshFile("")));
        NativeFaults.FailEach(failing => Expect(failing, () => PublicKey.Parse(key.PublicKey.Blob.Span)));
        NativeFaults.FailEach(failing => Expect(failing, () => PrivateKey.Parse(file).Dispose()));
    }

    [Fact]
    public void A_failing_call_never_lets_a_pem_key_be_made()
    {
        using var folder = new TempFolder();
        folder.Run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", folder["id"]);
        byte[] file = folder.Read("id");
        NativeFaults.FailEach(failing => Expect(failing, () => PrivateKey.Parse(file).Dispose()));
    }

    private static bool Verifies(PublicKey key, string algorithm, byte[] signature)
    {
        try
        {
            return key.Verify(algorithm, Data, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void Expect(string failing, Action action)
    {
        Exception? thrown = Record.Exception(action);
        if (failing.Length == 0) Assert.Null(thrown);
        else Assert.True(thrown is CryptographicException or SshProtocolException or KeyFileException, $"{failing}: {thrown}");
    }
}
