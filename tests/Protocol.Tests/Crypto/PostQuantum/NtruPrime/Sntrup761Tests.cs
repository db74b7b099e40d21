using SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.NtruPrime;

public sealed class Sntrup761Tests
{
    private readonly byte[] _ciphertext = new byte[Sntrup761.CiphertextSize];
    private readonly byte[] _sent = new byte[Sntrup761.SharedSecretSize];
    private readonly byte[] _received = new byte[Sntrup761.SharedSecretSize];

    [Fact]
    public void A_secret_that_others_encapsulated_comes_out()
    {
        using Sntrup761KeyPair pair = new((byte[])Sntrup761Vector.SecretKey.Clone());
        pair.Decapsulate(Sntrup761Vector.Ciphertext, _received);
        Assert.Equal(Sntrup761Vector.SharedSecret, _received);
    }

    [Fact]
    public void A_damaged_ciphertext_gives_the_rejection_secret_that_others_compute()
    {
        using Sntrup761KeyPair pair = new((byte[])Sntrup761Vector.SecretKey.Clone());
        byte[] damaged = (byte[])Sntrup761Vector.Ciphertext.Clone();
        damaged[500] ^= 0x10;
        pair.Decapsulate(damaged, _received);
        Assert.Equal(Sntrup761Vector.RejectedSecret, _received);
    }

    [Fact]
    public void The_public_key_that_others_computed_follows_from_the_secret_polynomials()
    {
        byte[] secretKey = Sntrup761Vector.SecretKey;
        int[] f = ReferenceSntrup761.DecodeTernary(secretKey[..191]);
        int[] g = ReferenceSntrup761.Invert(ReferenceSntrup761.DecodeTernary(secretKey[191..382]), 3)!;
        byte[] publicKey = new byte[Sntrup761.PublicKeySize];
        Sntrup761.EncodePublicKey(Padded(f), Padded(g), publicKey);
        Assert.Equal(secretKey[382..1540], publicKey);
        Assert.Equal(publicKey, ReferenceSntrup761.PublicKey(f, g));
    }

    [Fact]
    public void A_thousand_round_trips_agree()
    {
        HashSet<string> secrets = [];
        for (int i = 0; i < 1000; i++)
        {
            using Sntrup761KeyPair pair = Sntrup761.GenerateKeyPair();
            Sntrup761.Encapsulate(pair.PublicKey, _ciphertext, _sent);
            pair.Decapsulate(_ciphertext, _received);
            Assert.Equal(_sent, _received);
            Assert.True(secrets.Add(Convert.ToHexString(_sent)));
        }
    }

    [Fact]
    public void The_reference_decapsulates_what_was_encapsulated_here()
    {
        byte[] secretKey = Sntrup761Vector.SecretKey;
        for (int i = 0; i < 5; i++)
        {
            Sntrup761.Encapsulate(Sntrup761.PublicKeyOf(secretKey), _ciphertext, _sent);
            Assert.Equal(_sent, ReferenceSntrup761.Decapsulate(secretKey, _ciphertext));
        }
    }

    [Fact]
    public void Any_ciphertext_gives_the_secret_of_the_reference()
    {
        Random random = new(761);
        byte[] secretKey = (byte[])Sntrup761Vector.SecretKey.Clone();
        using Sntrup761KeyPair pair = new(secretKey);
        for (int i = 0; i < 10; i++)
        {
            random.NextBytes(_ciphertext);
            if (i == 0) _ciphertext.AsSpan().Clear();
            if (i == 1) _ciphertext.AsSpan().Fill(0xff);
            pair.Decapsulate(_ciphertext, _received);
            Assert.Equal(ReferenceSntrup761.Decapsulate(secretKey, _ciphertext), _received);
        }
    }

    [Fact]
    public void A_flipped_bit_in_any_byte_of_the_ciphertext_gives_another_secret()
    {
        using Sntrup761KeyPair pair = Sntrup761.GenerateKeyPair();
        Sntrup761.Encapsulate(pair.PublicKey, _ciphertext, _sent);
        for (int i = 0; i < _ciphertext.Length; i++)
        {
            byte bit = (byte)(1 << (i % 8));
            _ciphertext[i] ^= bit;
            pair.Decapsulate(_ciphertext, _received);
            Assert.NotEqual(_sent, _received);
            _ciphertext[i] ^= bit;
        }
        pair.Decapsulate(_ciphertext, _received);
        Assert.Equal(_sent, _received);
    }

    [Fact]
    public void Any_public_key_of_the_right_length_is_answered()
    {
        Random random = new(4591);
        byte[] publicKey = new byte[Sntrup761.PublicKeySize];
        for (int i = 0; i < 20; i++)
        {
            random.NextBytes(publicKey);
            if (i == 0) publicKey.AsSpan().Fill(0xff);
            Sntrup761.Encapsulate(publicKey, _ciphertext, _sent);
            Assert.Contains(_sent, b => b != 0);
        }
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        using Sntrup761KeyPair pair = Sntrup761.GenerateKeyPair();
        byte[] publicKey = pair.PublicKey.ToArray();
        foreach (int length in (int[])[0, 1, Sntrup761.PublicKeySize - 1, Sntrup761.PublicKeySize + 1])
            Assert.Throws<ArgumentOutOfRangeException>(() => Sntrup761.Encapsulate(new byte[length], _ciphertext, _sent));
        foreach (int length in (int[])[0, 1, Sntrup761.CiphertextSize - 1, Sntrup761.CiphertextSize + 1])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => pair.Decapsulate(new byte[length], _received));
            Assert.Throws<ArgumentOutOfRangeException>(() => Sntrup761.Encapsulate(publicKey, new byte[length], _sent));
        }
    }

    [Fact]
    public void A_disposed_key_pair_is_cleared_and_refuses()
    {
        Sntrup761KeyPair pair = Sntrup761.GenerateKeyPair();
        Assert.NotEqual(-1, pair.PublicKey.IndexOfAnyExcept((byte)0));
        pair.Dispose();
        Assert.Equal(-1, pair.PublicKey.IndexOfAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => pair.Decapsulate(_ciphertext, _received));
    }

    private static short[] Padded(int[] polynomial)
    {
        short[] padded = new short[NtruField.Padded];
        for (int i = 0; i < polynomial.Length; i++)
            padded[i] = (short)polynomial[i];
        return padded;
    }
}
