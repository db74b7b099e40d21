using System.Text.Json;
using SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.ModuleLattice;

/// <summary>Wycheproof's vectors for ML-KEM-768.</summary>
public sealed class MlKem768VectorTests
{
    private const string KeyGeneration = "wycheproof/mlkem_768_keygen_seed_test.json";
    private const string Encapsulation = "wycheproof/mlkem_768_encaps_test.json";
    private const string Decapsulation = "wycheproof/mlkem_768_test.json";

    [ReferenceFact(KeyGeneration)]
    public void Keys_follow_from_their_seeds()
    {
        int tests = ForEach(KeyGeneration, test =>
        {
            byte[] key = new byte[ManagedMlKem768.DecapsulationKeySize];
            ManagedMlKem768.GenerateKey(Bytes(test, "seed"), key);
            Assert.Equal(Bytes(test, "dk"), key);
            Assert.Equal(Bytes(test, "ek"), ManagedMlKem768.EncapsulationKeyOf(key).ToArray());
        });
        Assert.Equal(100, tests);
    }

    [ReferenceFact(Encapsulation)]
    public void Encapsulations_are_exact_and_keys_of_a_wrong_length_or_not_reduced_are_refused()
    {
        int tests = ForEach(Encapsulation, test =>
        {
            byte[] ciphertext = new byte[MlKem768.CiphertextSize];
            byte[] secret = new byte[MlKem768.SharedSecretSize];
            byte[] key = Bytes(test, "ek");
            bool valid = ManagedMlKem768.TryEncapsulate(key, Bytes(test, "m"), ciphertext, secret);
            Assert.Equal(IsValid(test), valid);
            Assert.Equal(valid, LatticeEncryption.IsPublicKeyValid(key));
            Assert.Equal(valid, MlKem768.TryEncapsulate(key, new byte[MlKem768.CiphertextSize], new byte[MlKem768.SharedSecretSize]));
            if (valid)
            {
                Assert.Equal(Bytes(test, "c"), ciphertext);
                Assert.Equal(Bytes(test, "K"), secret);
            }
            else
            {
                Assert.All(ciphertext.Concat(secret), b => Assert.Equal(0, b));
            }
        });
        Assert.Equal(265, tests);
    }

    [ReferenceFact(Decapsulation)]
    public void Decapsulations_are_exact_also_where_the_ciphertext_is_rejected_implicitly()
    {
        ForEach(Decapsulation, test =>
        {
            byte[] key = new byte[ManagedMlKem768.DecapsulationKeySize];
            byte[] secret = new byte[MlKem768.SharedSecretSize];
            void Decapsulate()
            {
                ManagedMlKem768.GenerateKey(Bytes(test, "seed"), key);
                ManagedMlKem768.Decapsulate(key, Bytes(test, "c"), secret);
            }
            if (!IsValid(test))
            {
                Assert.Throws<ArgumentOutOfRangeException>(Decapsulate);
                return;
            }
            Decapsulate();
            Assert.Equal(Bytes(test, "K"), secret);
            Assert.Equal(Bytes(test, "ek"), ManagedMlKem768.EncapsulationKeyOf(key).ToArray());
        });
    }

    private static int ForEach(string path, Action<JsonElement> check)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(ReferenceFolder.Find(path)!));
        int count = 0;
        foreach (JsonElement group in document.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                check(test);
                count++;
            }
        }
        Assert.Equal(document.RootElement.GetProperty("numberOfTests").GetInt32(), count);
        return count;
    }

    private static bool IsValid(JsonElement test) => test.GetProperty("result").GetString() == "valid";

    private static byte[] Bytes(JsonElement test, string name) => Convert.FromHexString(test.GetProperty(name).GetString()!);
}
