using System.Security.Cryptography;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.KeyExchange;

namespace SshGateway.Protocol.Transport;

/// <summary>The keys of one direction: letters A, C, E from client to server, B, D, F back (RFC 4253 §7.2).</summary>
internal static class DirectionKeys
{
    public static PacketSealer CreateSealer(KeyDerivation derivation, NegotiatedAlgorithms algorithms, bool isServer)
    {
        (CipherAlgorithm cipher, MacAlgorithm? mac) = Find(algorithms.CipherOut, algorithms.MacOut);
        (byte[] iv, byte[] key, byte[] macKey) = Derive(derivation, cipher, mac, fromClient: !isServer);
        try
        {
            return CipherCatalog.CreateSealer(cipher, mac, key, iv, macKey);
        }
        finally
        {
            Clear(iv, key, macKey);
        }
    }

    public static PacketOpener CreateOpener(KeyDerivation derivation, NegotiatedAlgorithms algorithms, bool isServer)
    {
        (CipherAlgorithm cipher, MacAlgorithm? mac) = Find(algorithms.CipherIn, algorithms.MacIn);
        (byte[] iv, byte[] key, byte[] macKey) = Derive(derivation, cipher, mac, fromClient: isServer);
        try
        {
            return CipherCatalog.CreateOpener(cipher, mac, key, iv, macKey);
        }
        finally
        {
            Clear(iv, key, macKey);
        }
    }

    private static (CipherAlgorithm Cipher, MacAlgorithm? Mac) Find(string cipherName, string macName)
    {
        if (!CipherCatalog.TryGetCipher(cipherName, out CipherAlgorithm? cipher)) throw new CryptographicException("unknown cipher");
        if (cipher.IsAead) return (cipher, null);
        return CipherCatalog.TryGetMac(macName, out MacAlgorithm? mac) ? (cipher, mac) : throw new CryptographicException("unknown MAC");
    }

    private static (byte[] Iv, byte[] Key, byte[] MacKey) Derive(KeyDerivation derivation, CipherAlgorithm cipher, MacAlgorithm? mac, bool fromClient) =>
        (derivation.Derive(fromClient ? 'A' : 'B', cipher.IvLength),
         derivation.Derive(fromClient ? 'C' : 'D', cipher.KeyLength),
         derivation.Derive(fromClient ? 'E' : 'F', mac?.KeyLength ?? 0));

    private static void Clear(byte[] iv, byte[] key, byte[] macKey)
    {
        CryptographicOperations.ZeroMemory(iv);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(macKey);
    }
}
