using System.Security.Cryptography;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Output;

/// <summary>SHA-256 of all data of each stream, kept or not.</summary>
internal sealed class StreamDigests : IDisposable
{
    private readonly IncrementalHash?[] _hashes = new IncrementalHash?[3];

    public void Append(DumpDescriptor stream, ReadOnlySpan<byte> data) =>
        (_hashes[(int)stream] ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).AppendData(data);

    /// <summary>In hex; the digest of nothing where nothing came.</summary>
    public string Of(DumpDescriptor stream) =>
        Convert.ToHexStringLower(_hashes[(int)stream] is { } hash ? hash.GetCurrentHash() : SHA256.HashData([]));

    public void Dispose()
    {
        foreach (IncrementalHash? hash in _hashes) hash?.Dispose();
    }
}
