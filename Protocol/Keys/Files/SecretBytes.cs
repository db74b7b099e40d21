using System.Security.Cryptography;

namespace SshGateway.Protocol.Keys.Files;

/// <summary>Bytes that the garbage collector does not copy around and that are cleared when they are done with.</summary>
internal readonly struct SecretBytes : IDisposable
{
    private readonly byte[] _bytes;

    public SecretBytes(int size) => _bytes = GC.AllocateArray<byte>(size, pinned: true);

    public Span<byte> Span => _bytes;

    public byte[] Array => _bytes;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
