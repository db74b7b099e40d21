using System.Security.Cryptography;

namespace SshGateway.Server.Authentication;

/// <summary>The password that a user typed, for a destination that wants it, too. Pinned, and zeroed when it is disposed.</summary>
internal sealed class TypedPassword : IDisposable
{
    private readonly Lock _lock = new();
    private byte[] _bytes;

    public TypedPassword(ReadOnlySpan<byte> password)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(password.Length, pinned: true);
        password.CopyTo(_bytes);
    }

    /// <summary>A copy that the caller clears; null when it is gone.</summary>
    public byte[]? Copy()
    {
        lock (_lock) return _bytes.Length == 0 ? null : [.. _bytes];
    }

    public void Dispose()
    {
        lock (_lock)
        {
            CryptographicOperations.ZeroMemory(_bytes);
            _bytes = [];
        }
    }
}
