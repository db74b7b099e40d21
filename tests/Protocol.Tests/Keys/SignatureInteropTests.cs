using System.Text;
using System.Text.Json;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

public sealed class SignatureInteropTests
{
    private static readonly byte[] Message = Encoding.ASCII.GetBytes("message\n");

    public static TheoryData<string, string> Types => PrivateKeyFileTests.SshKeygenTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public void Ssh_keygen_verifies_our_signatures(string type, string bits)
    {
        using var folder = new TempFolder();
        PrivateKey key = TestKeys.Get(type, bits);
        folder.Write("allowed", $"alice {key.PublicKey}\n");
        foreach (string algorithm in key.PublicKey.SignatureAlgorithms)
        {
            folder.Write("message.sig", SshSignature.Write(key.PublicKey, Message, data => key.Sign(algorithm, data)));
            (int status, string output, string error) = folder.RunWithInput(
                "message\n", "ssh-keygen", "-Y", "verify", "-f", folder["allowed"], "-I", "alice", "-n", SshSignature.Namespace, "-s", folder["message.sig"]);
            Assert.True(status == 0, algorithm + output + error);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void We_verify_the_signatures_of_ssh_keygen(string type, string bits)
    {
        using var folder = new TempFolder();
        PrivateKey key = TestKeys.Get(type, bits);
        folder.Write("id", key.ToOpenSshFile());
        folder.Write("message", Message);
        folder.Run("ssh-keygen", "-Y", "sign", "-q", "-f", folder["id"], "-n", SshSignature.Namespace, folder["message"]);
        (PublicKey signer, byte[] signature) = SshSignature.Read(folder.ReadText("message.sig"));
        Assert.Equal(key.PublicKey, signer);
        Assert.True(signer.Verify(key.PublicKey.SignatureAlgorithms[0], SshSignature.Signed(Message), signature));
    }

    [ReferenceFact("wycheproof/ed25519_test.json")]
    public void Ed25519_vectors_of_wycheproof()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(ReferenceFolder.Find("wycheproof/ed25519_test.json")!));
        int count = 0;
        foreach (JsonElement group in document.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            var blob = new SshWriter(new byte[128]);
            blob.WriteString(KeyTypes.Ed25519);
            blob.WriteString(Hex(group.GetProperty("publicKey"), "pk"));
            PublicKey key = PublicKey.Parse(blob.Written);
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                var signature = new SshWriter(new byte[256]);
                signature.WriteString(KeyTypes.Ed25519);
                signature.WriteString(Hex(test, "sig"));
                bool expected = test.GetProperty("result").GetString() == "valid";
                Assert.True(expected == key.Verify(KeyTypes.Ed25519, Hex(test, "msg"), signature.Written), $"test {test.GetProperty("tcId").GetInt32()}");
                count++;
            }
        }

        Assert.Equal(document.RootElement.GetProperty("numberOfTests").GetInt32(), count);
    }

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
