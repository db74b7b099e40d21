using System.Security.Cryptography;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>Keys from the shared secret K, the exchange hash H and the session id (RFC 4253 §7.2).</summary>
internal sealed class KeyDerivation(HashAlgorithmName hash, byte[] secret, byte[] exchangeHash, byte[] sessionId) : IDisposable
{
    /// <summary>HASH(K ‖ H ‖ letter ‖ session_id), extended by HASH(K ‖ H ‖ K1 …) until it is long enough.</summary>
    public byte[] Derive(char letter, int length)
    {
        if (length == 0) return [];
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteString(secret);
        writer.WriteBytes(exchangeHash);
        int prefix = writer.Length;
        writer.WriteByte((byte)letter);
        writer.WriteBytes(sessionId);
        byte[] result = new byte[length];
        byte[] block = CryptographicOperations.HashData(hash, writer.Written);
        using var extended = new SshWriter(stackalloc byte[512]);
        extended.WriteBytes(writer.Written[..prefix]);
        int done = 0;
        while (true)
        {
            int count = Math.Min(block.Length, length - done);
            block.AsSpan(0, count).CopyTo(result.AsSpan(done));
            done += count;
            extended.WriteBytes(block);
            CryptographicOperations.ZeroMemory(block);
            if (done == length) return result;
            block = CryptographicOperations.HashData(hash, extended.Written);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(secret);
}
