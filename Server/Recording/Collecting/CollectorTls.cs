using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>
/// TLS between gateways and collectors (<c>recording.tls_ca</c>, <c>tls_certificate</c>, <c>tls_key</c>; the same as options of dumpd). Files are
/// read anew for each connection, so that a renewed certificate needs no restart.
/// </summary>
/// <param name="AuthorityFile">PEM of those who may have signed the other side's certificate; empty: whom the system trusts.</param>
/// <param name="CertificateFile">PEM of the own certificate, with the intermediate ones behind it; empty: none is shown.</param>
/// <param name="KeyFile">PEM of its key; empty: it is in the certificate's file.</param>
internal sealed record CollectorTls(string AuthorityFile, string CertificateFile, string KeyFile)
{
    private const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static CollectorTls Of(RouteConfiguration route) => new(route.RecordingTlsCa, route.RecordingTlsCertificate, route.RecordingTlsKey);

    /// <exception cref="IOException">A file cannot be used.</exception>
    public void Check()
    {
        Policy();
        ReadOwn();
    }

    /// <exception cref="IOException">A file is unreadable, or the collector is not who it should be.</exception>
    public async Task<SslStream> ConnectAsync(Stream stream, string host, CancellationToken cancellationToken)
    {
        X509Certificate2Collection own = ReadOwn();
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = Versions,
            CertificateChainPolicy = Policy(),
            ClientCertificateContext = Context(own),
        };
        return await HandshakeAsync(stream, tls => tls.AuthenticateAsClientAsync(options, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>With <see cref="AuthorityFile"/> senders must show a certificate that it has signed.</summary>
    /// <exception cref="IOException">A file is unreadable, or the sender is not who it should be.</exception>
    public async Task<SslStream> AcceptAsync(Stream stream, CancellationToken cancellationToken)
    {
        X509Certificate2Collection own = ReadOwn();
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = Versions,
            ServerCertificateContext = Context(own) ?? throw new IOException("dumpd has no certificate to show"),
            ClientCertificateRequired = AuthorityFile.Length > 0,
            CertificateChainPolicy = Policy(),
        };
        return await HandshakeAsync(stream, tls => tls.AuthenticateAsServerAsync(options, cancellationToken)).ConfigureAwait(false);
    }

    private static async Task<SslStream> HandshakeAsync(Stream stream, Func<SslStream, Task> handshake)
    {
        var tls = new SslStream(stream);
        try
        {
            await handshake(tls).ConfigureAwait(false);
            return tls;
        }
        catch (AuthenticationException e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"TLS: {e.InnerException?.Message ?? e.Message}", e);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private X509ChainPolicy Policy()
    {
        // Lists of revoked certificates would have to be fetched from somewhere: in a network of one's own there is mostly no such place.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (AuthorityFile.Length == 0) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        Read(AuthorityFile, () => policy.CustomTrustStore.ImportFromPemFile(AuthorityFile));
        if (policy.CustomTrustStore.Count == 0) throw new IOException($"{AuthorityFile}: there is no certificate in it");
        return policy;
    }

    /// <summary>The own certificate first, with its key.</summary>
    private X509Certificate2Collection ReadOwn()
    {
        var own = new X509Certificate2Collection();
        if (CertificateFile.Length == 0) return own;
        Read(CertificateFile, () =>
        {
            own.ImportFromPemFile(CertificateFile);
            own[0].Dispose();
            own[0] = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile.Length > 0 ? KeyFile : CertificateFile);
        });
        return own;
    }

    private static SslStreamCertificateContext? Context(X509Certificate2Collection own) =>
        own.Count == 0 ? null : SslStreamCertificateContext.Create(own[0], own, offline: true);

    private static void Read(string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException or ArgumentException)
        {
            throw new IOException($"{file}: {e.Message}", e);
        }
    }
}
