using System.Buffers.Binary;
using SshGateway.Protocol.Ciphers;
using Xunit;

namespace SshGateway.Protocol.Tests.Ciphers;

/// <summary>A sealer and its opener under the same deterministic keys, and the framing between them.</summary>
internal sealed class PacketPair : IDisposable
{
    internal PacketPair(string cipher, string? mac)
    {
        Assert.True(CipherCatalog.TryGetCipher(cipher, out CipherAlgorithm? c));
        MacAlgorithm? m = null;
        if (mac is not null) Assert.True(CipherCatalog.TryGetMac(mac, out m));
        var random = new Random(42);
        byte[] key = Bytes(random, c.KeyLength), iv = Bytes(random, c.IvLength), macKey = Bytes(random, m?.KeyLength ?? 0);
        Sealer = CipherCatalog.CreateSealer(c, m, key, iv, macKey);
        try
        {
            Opener = CipherCatalog.CreateOpener(c, m, key, iv, macKey);
        }
        catch
        {
            Sealer.Dispose();
            throw;
        }
    }

    internal PacketSealer Sealer { get; }

    internal PacketOpener Opener { get; }

    /// <summary>Every cipher with every MAC it can have.</summary>
    internal static IEnumerable<(string Cipher, string? Mac)> All()
    {
        foreach (CipherAlgorithm cipher in CipherCatalog.Ciphers)
        {
            if (cipher.IsAead) yield return (cipher.Name, null);
            else
            {
                foreach (MacAlgorithm mac in CipherCatalog.Macs) yield return (cipher.Name, mac.Name);
            }
        }
    }

    internal static TheoryData<string, string?> Theory()
    {
        var data = new TheoryData<string, string?>();
        foreach ((string cipher, string? mac) in All()) data.Add(cipher, mac);
        return data;
    }

    /// <summary>A plain packet with the least padding, filled with bytes that depend on the seed.</summary>
    internal byte[] Frame(int payload, int seed = 1)
    {
        int uncounted = Sealer.LengthIsPadded ? 0 : 4;
        int padding = Sealer.BlockSize - ((5 - uncounted + payload) % Sealer.BlockSize);
        if (padding < 4) padding += Sealer.BlockSize;
        byte[] frame = Bytes(new Random(seed), 5 + payload + padding);
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        frame[4] = (byte)padding;
        return frame;
    }

    internal byte[] Seal(uint sequenceNumber, byte[] frame)
    {
        byte[] packet = new byte[frame.Length + Sealer.TagLength];
        Sealer.Seal(sequenceNumber, frame, packet);
        return packet;
    }

    /// <summary>The plain packet, or null if it was refused: by its length, as a transport does, or by its tag.</summary>
    internal byte[]? Open(uint sequenceNumber, byte[] packet)
    {
        byte[] copy = [.. packet];
        uint length = Opener.ReadLength(sequenceNumber, copy.AsSpan(0, Opener.HeaderLength));
        if (length != packet.Length - 4 - Opener.TagLength) return null;
        return Opener.TryOpen(sequenceNumber, copy) ? copy[..^Opener.TagLength] : null;
    }

    public void Dispose()
    {
        Sealer.Dispose();
        Opener.Dispose();
    }

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
