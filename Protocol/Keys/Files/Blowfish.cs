namespace SshGateway.Protocol.Keys.Files;

/// <summary>Blowfish with the key schedule of bcrypt ("eksblowfish": salted, repeated). Only the encrypting direction.</summary>
internal sealed class Blowfish : IDisposable
{
    private const int Rounds = 16;
    private readonly uint[] _subkeys = GC.AllocateUninitializedArray<uint>(Rounds + 2, pinned: true);
    private readonly uint[] _boxes = GC.AllocateUninitializedArray<uint>(4 * 256, pinned: true);

    /// <summary>Back to the state before any key.</summary>
    public void Reset()
    {
        BlowfishTables.Subkeys.CopyTo(_subkeys);
        BlowfishTables.Boxes.CopyTo(_boxes);
    }

    /// <summary>One run of the key schedule. The words of key and salt are used cyclically; no salt is a salt of zeros.</summary>
    public void Expand(ReadOnlySpan<uint> key, ReadOnlySpan<uint> salt)
    {
        for (int i = 0; i < _subkeys.Length; i++) _subkeys[i] ^= key[i % key.Length];
        uint left = 0, right = 0;
        int saltAt = 0;
        Refill(_subkeys, salt, ref saltAt, ref left, ref right);
        Refill(_boxes, salt, ref saltAt, ref left, ref right);
    }

    public void Encrypt(ref uint left, ref uint right)
    {
        ReadOnlySpan<uint> p = _subkeys, s = _boxes;
        uint l = left, r = right;
        for (int i = 0; i < Rounds; i += 2)
        {
            l ^= p[i];
            r ^= Mix(s, l);
            r ^= p[i + 1];
            l ^= Mix(s, r);
        }

        left = r ^ p[Rounds + 1];
        right = l ^ p[Rounds];
    }

    public void Dispose()
    {
        Array.Clear(_subkeys);
        Array.Clear(_boxes);
    }

    private static uint Mix(ReadOnlySpan<uint> s, uint x) =>
        ((s[(int)(x >> 24)] + s[256 + (int)((x >> 16) & 0xff)]) ^ s[512 + (int)((x >> 8) & 0xff)]) + s[768 + (int)(x & 0xff)];

    private void Refill(uint[] words, ReadOnlySpan<uint> salt, ref int saltAt, ref uint left, ref uint right)
    {
        for (int i = 0; i < words.Length; i += 2)
        {
            if (!salt.IsEmpty)
            {
                left ^= salt[saltAt];
                right ^= salt[saltAt + 1];
                saltAt = (saltAt + 2) % salt.Length;
            }

            Encrypt(ref left, ref right);
            words[i] = left;
            words[i + 1] = right;
        }
    }
}
