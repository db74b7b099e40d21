namespace SshGateway.Protocol.Keys;

/// <summary>Something that holds a private key and signs with it: a key file in memory, an agent, a helper process.</summary>
public interface ISshSigner
{
    /// <summary>The public half; a certificate when the signer presents one.</summary>
    PublicKey PublicKey { get; }

    /// <summary>
    /// Signs <paramref name="data"/> with one of the algorithms of <see cref="Keys.PublicKey.SignatureAlgorithms"/> and returns the
    /// signature blob (<c>string algorithm, string signature</c>).
    /// </summary>
    ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
