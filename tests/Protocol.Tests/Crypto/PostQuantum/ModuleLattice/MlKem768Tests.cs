using SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.ModuleLattice;

public sealed class MlKem768Tests
{
    private readonly byte[] _encapsulationKey = new byte[MlKem768.EncapsulationKeySize];
    private readonly byte[] _ciphertext = new byte[MlKem768.CiphertextSize];
    private readonly byte[] _sent = new byte[MlKem768.SharedSecretSize];
    private readonly byte[] _received = new byte[MlKem768.SharedSecretSize];

    [Fact]
    public void Sizes_are_those_of_the_standard()
    {
        Assert.Equal(1184, MlKem768.EncapsulationKeySize);
        Assert.Equal(1088, MlKem768.CiphertextSize);
        Assert.Equal(2400, ManagedMlKem768.DecapsulationKeySize);
    }

    [Fact]
    public void A_thousand_round_trips_agree()
    {
        HashSet<string> secrets = [];
        for (int i = 0; i < 1000; i++)
        {
            using MlKem768KeyPair pair = MlKem768.GenerateKeyPair();
            pair.ExportEncapsulationKey(_encapsulationKey);
            Assert.True(MlKem768.TryEncapsulate(_encapsulationKey, _ciphertext, _sent));
            pair.Decapsulate(_ciphertext, _received);
            Assert.Equal(_sent, _received);
            Assert.True(secrets.Add(Convert.ToHexString(_sent)));
        }
    }

    [Fact]
    public void A_flipped_bit_in_any_byte_of_the_ciphertext_gives_another_secret_and_always_the_same()
    {
        using ManagedMlKem768KeyPair pair = new();
        pair.ExportEncapsulationKey(_encapsulationKey);
        Assert.True(MlKem768.TryEncapsulate(_encapsulationKey, _ciphertext, _sent));
        byte[] again = new byte[MlKem768.SharedSecretSize];
        for (int i = 0; i < _ciphertext.Length; i++)
        {
            byte bit = (byte)(1 << (i % 8));
            _ciphertext[i] ^= bit;
            pair.Decapsulate(_ciphertext, _received);
            pair.Decapsulate(_ciphertext, again);
            Assert.NotEqual(_sent, _received);
            Assert.Equal(again, _received);
            _ciphertext[i] ^= bit;
        }
    }

    [Fact]
    public void A_key_with_one_coefficient_that_is_not_below_q_is_refused()
    {
        using MlKem768KeyPair pair = MlKem768.GenerateKeyPair();
        pair.ExportEncapsulationKey(_encapsulationKey);
        for (int coefficient = 0; coefficient < 3 * LatticeField.N; coefficient++)
        {
            foreach (int value in (int[])[LatticeField.Q - 1, LatticeField.Q, 4095])
            {
                byte[] key = (byte[])_encapsulationKey.Clone();
                SetCoefficient(key, coefficient, value);
                Assert.Equal(value < LatticeField.Q, LatticeEncryption.IsPublicKeyValid(key));
                if (value == LatticeField.Q) Assert.False(MlKem768.TryEncapsulate(key, _ciphertext, _sent));
            }
        }
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        using ManagedMlKem768KeyPair pair = new();
        pair.ExportEncapsulationKey(_encapsulationKey);
        foreach (int length in (int[])[0, 1, 1183, 1185, 2400])
            Assert.False(MlKem768.TryEncapsulate(new byte[length], _ciphertext, _sent));
        foreach (int length in (int[])[0, 1, 1087, 1089, 1184])
            Assert.Throws<ArgumentOutOfRangeException>(() => pair.Decapsulate(new byte[length], _received));
    }

    [Fact]
    public void A_disposed_key_pair_is_cleared_and_refuses()
    {
        ManagedMlKem768KeyPair pair = new();
        pair.Dispose();
        pair.ExportEncapsulationKey(_encapsulationKey);
        Assert.All(_encapsulationKey, b => Assert.Equal(0, b));
        Assert.Throws<ObjectDisposedException>(() => pair.Decapsulate(_ciphertext, _received));
    }

    private static void SetCoefficient(byte[] key, int index, int value)
    {
        int at = index / 2 * 3;
        int three = key[at] | (key[at + 1] << 8) | (key[at + 2] << 16);
        three = index % 2 == 0 ? (three & 0xfff000) | value : (three & 0xfff) | (value << 12);
        (key[at], key[at + 1], key[at + 2]) = ((byte)three, (byte)(three >> 8), (byte)(three >> 16));
    }
}
