using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SshGateway.Server.Tests.Recording;

/// <summary>An authority made for one test, and certificates that it signs, as PEM files in a folder.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public TestCertificates(string folder, string name)
    {
        _folder = folder;
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        AuthorityFile = Write(name + ".ca", _authority.ExportCertificatePem());
    }

    public string AuthorityFile { get; }

    /// <summary>A certificate for 127.0.0.1 or for a host name, with its key in the same file.</summary>
    public string Issue(string name, string? host = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is null) names.AddIpAddress(IPAddress.Loopback);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(_authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(5), RandomNumberGenerator.GetBytes(8));
        return Write(name + ".pem", $"{signed.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
