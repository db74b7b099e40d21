using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>A key pair of <see cref="MlKem768"/>; disposing clears it.</summary>
internal abstract class MlKem768KeyPair : IDisposable
{
    public abstract void ExportEncapsulationKey(Span<byte> destination);

    /// <summary>A ciphertext of the right length always gives a secret; one that is not for this key gives one nobody else knows.</summary>
    public abstract void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret);

    public abstract void Dispose();
}

/// <summary>By our own implementation.</summary>
internal sealed class ManagedMlKem768KeyPair : MlKem768KeyPair
{
    private readonly byte[] _decapsulationKey = GC.AllocateUninitializedArray<byte>(ManagedMlKem768.DecapsulationKeySize, pinned: true);
    private bool _disposed;

    public ManagedMlKem768KeyPair()
    {
        Span<byte> seed = stackalloc byte[ManagedMlKem768.SeedSize];
        RandomNumberGenerator.Fill(seed);
        ManagedMlKem768.GenerateKey(seed, _decapsulationKey);
        CryptographicOperations.ZeroMemory(seed);
    }

    public override void ExportEncapsulationKey(Span<byte> destination) =>
        ManagedMlKem768.EncapsulationKeyOf(_decapsulationKey).CopyTo(destination);

    public override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ManagedMlKem768.Decapsulate(_decapsulationKey, ciphertext, sharedSecret);
    }

    public override void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_decapsulationKey);
    }
}

/// <summary>By the platform.</summary>
internal sealed class PlatformMlKem768KeyPair : MlKem768KeyPair
{
    private readonly MLKem _key = MLKem.GenerateKey(MLKemAlgorithm.MLKem768);

    public override void ExportEncapsulationKey(Span<byte> destination) => _key.ExportEncapsulationKey(destination);

    public override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret) => _key.Decapsulate(ciphertext, sharedSecret);

    public override void Dispose() => _key.Dispose();
}
