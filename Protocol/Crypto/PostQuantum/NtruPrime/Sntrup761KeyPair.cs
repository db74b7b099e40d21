using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>A key pair of <see cref="Sntrup761"/>; disposing clears it.</summary>
/// <param name="secretKey">The encoded secret key, pinned, <see cref="Sntrup761.SecretKeySize"/> bytes; owned by the key pair.</param>
internal sealed class Sntrup761KeyPair(byte[] secretKey) : IDisposable
{
    private bool _disposed;

    public ReadOnlySpan<byte> PublicKey => Sntrup761.PublicKeyOf(secretKey);

    public void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Sntrup761.Decapsulate(secretKey, ciphertext, sharedSecret);
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(secretKey);
    }
}
