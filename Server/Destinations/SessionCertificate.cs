using System.Buffers.Binary;
using System.Security.Cryptography;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Destinations;

/// <summary>User certificates that live for one login to a destination; key and certificate never leave memory.</summary>
internal static class SessionCertificate
{
    /// <summary>The destination's clock may be behind ours by this much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    /// <summary>A certificate of <paramref name="key"/> for one principal, signed by the authority, under a random serial number, for use from <paramref name="sources"/> (addresses or networks; none: from anywhere).</summary>
    public static async ValueTask<CertificateSigner> MintAsync(
        ISshSigner authority, PrivateKey key, string principal, string keyId, IReadOnlyList<string> sources, IReadOnlyList<CertificateOption> extensions,
        DateTimeOffset now, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var contents = new CertificateBuilder
        {
            Key = key.PublicKey,
            KeyId = keyId,
            Serial = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1,
            Principals = [principal],
            ValidAfter = now - ClockSkew,
            ValidBefore = now + lifetime,
            // Stolen, it is of no use elsewhere.
            CriticalOptions = sources.Count == 0 ? [] : [new CertificateOption(CertificateOption.SourceAddress, string.Join(',', sources))],
            Extensions = extensions,
        };
        return new CertificateSigner(key, await contents.SignAsync(authority, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Only what both the route and the user's key permit: the destination enforces it once more.</summary>
    public static IReadOnlyList<CertificateOption> Extensions(PermitConfiguration permit, AuthorizedKeyOptions? restrictions)
    {
        AuthorizedKeyOptions key = restrictions ?? AuthorizedKeyOptions.None;
        bool forwards = permit.LocalForward.AllowsAny || permit.RemoteForward.AllowsAny || permit.Streamlocal.AllowsAny || permit.Tunnel.AllowsAny;
        var extensions = new List<CertificateOption>();
        AddIf(permit.X11.AllowsAny && key.PermitX11Forwarding, CertificateOption.PermitX11Forwarding);
        AddIf(permit.Agent.AllowsAny && key.PermitAgentForwarding, CertificateOption.PermitAgentForwarding);
        AddIf(forwards && key.PermitPortForwarding, CertificateOption.PermitPortForwarding);
        AddIf(permit.Pty.AllowsAny && key.PermitPty, CertificateOption.PermitPty);
        AddIf(key.PermitUserRc, CertificateOption.PermitUserRc);
        return extensions;

        void AddIf(bool permitted, string name)
        {
            if (permitted) extensions.Add(new CertificateOption(name));
        }
    }
}
