namespace SshGateway.Protocol.Keys;

/// <summary>A signer that presents a certificate of its key; algorithms are those of the certificate.</summary>
public sealed class CertificateSigner : ISshSigner, IDisposable
{
    private readonly ISshSigner _signer;
    private readonly Certificate _certificate;

    public CertificateSigner(ISshSigner signer, Certificate certificate)
    {
        if (!certificate.Key.Equals(signer.PublicKey)) throw new ArgumentException("the certificate is for another key", nameof(certificate));
        _signer = signer;
        _certificate = certificate;
    }

    public PublicKey PublicKey => _certificate;

    /// <summary>
    /// The certificate that stands beside a key file (<c>id_ed25519-cert.pub</c> beside <c>id_ed25519</c>) with the key; null when
    /// there is none.
    /// </summary>
    /// <exception cref="KeyFileException">The file is there but unusable, or certifies another key.</exception>
    public static CertificateSigner? TryLoadBeside(string keyPath, ISshSigner signer)
    {
        string path = keyPath + "-cert.pub";
        if (!File.Exists(path)) return null;
        if (PublicKeyFile.Load(path) is not Certificate certificate) throw new KeyFileException(KeyFileProblem.Unsupported, "not a certificate", path);
        if (!certificate.Key.Equals(signer.PublicKey)) throw new KeyFileException(KeyFileProblem.Unsupported, "a certificate of another key", path);
        return new CertificateSigner(signer, certificate);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _signer.SignAsync(KeyTypes.PlainName(algorithm), data, cancellationToken);

    /// <summary>Disposes the signer below when it can be.</summary>
    public void Dispose() => (_signer as IDisposable)?.Dispose();
}
