using System.Security.Cryptography;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>The contents of a certificate that an authority is about to sign, for instance one per session towards a destination.</summary>
public sealed record CertificateBuilder
{
    private const int NonceSize = 32;

    /// <summary>The key to certify; a plain one.</summary>
    public required PublicKey Key { get; init; }

    public CertificateType Type { get; init; } = CertificateType.User;

    public ulong Serial { get; init; }

    public required string KeyId { get; init; }

    public required IReadOnlyList<string> Principals { get; init; }

    public required DateTimeOffset ValidAfter { get; init; }

    public required DateTimeOffset ValidBefore { get; init; }

    public IReadOnlyList<CertificateOption> CriticalOptions { get; init; } = [];

    public IReadOnlyList<CertificateOption> Extensions { get; init; } = [];

    /// <summary>What ssh-keygen permits when nothing else is said.</summary>
    public static IReadOnlyList<CertificateOption> DefaultExtensions { get; } =
    [
        new(CertificateOption.PermitX11Forwarding), new(CertificateOption.PermitAgentForwarding), new(CertificateOption.PermitPortForwarding),
        new(CertificateOption.PermitPty), new(CertificateOption.PermitUserRc),
    ];

    /// <summary>Has the authority sign it (with the first algorithm of its key).</summary>
    public async ValueTask<Certificate> SignAsync(ISshSigner authority, CancellationToken cancellationToken)
    {
        if (Key is Certificate || authority.PublicKey is Certificate) throw new InvalidOperationException("certificates are made of plain keys by plain keys");
        if (Principals.Count > Certificate.MaxPrincipals) throw new InvalidOperationException($"a certificate has at most {Certificate.MaxPrincipals} principals");
        byte[] contents = Write(authority.PublicKey);
        byte[] signature = await authority.SignAsync(authority.PublicKey.SignatureAlgorithms[0], contents, cancellationToken);
        return (Certificate)PublicKey.Parse(Join(contents, signature));
    }

    private static byte[] Join(byte[] contents, byte[] signature)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteBytes(contents);
        writer.WriteString(signature);
        return writer.ToArray();
    }

    private static void WriteOptions(IReadOnlyList<CertificateOption> options, ref SshWriter writer)
    {
        var inner = new SshWriter(stackalloc byte[512]);
        try
        {
            // Names must be in order (PROTOCOL.certkeys).
            foreach (CertificateOption option in options.OrderBy(option => option.Name, StringComparer.Ordinal))
            {
                inner.WriteString(option.Name);
                if (option.Value is null)
                {
                    inner.WriteUInt32(0);
                    continue;
                }

                inner.WriteUInt32((uint)System.Text.Encoding.UTF8.GetByteCount(option.Value) + 4);
                inner.WriteString(option.Value);
            }

            writer.WriteString(inner.Written);
        }
        finally
        {
            inner.Dispose();
        }
    }

    private byte[] Write(PublicKey authority)
    {
        var writer = new SshWriter(stackalloc byte[1024]);
        try
        {
            Span<byte> nonce = stackalloc byte[NonceSize];
            RandomNumberGenerator.Fill(nonce);
            ReadOnlySpan<byte> fields = Key.Blob.Span;
            SignatureBlob.TryTakeString(ref fields, out _);
            writer.WriteString(KeyTypes.CertificateName(Key.KeyType));
            writer.WriteString(nonce);
            writer.WriteBytes(fields);
            writer.WriteUInt64(Serial);
            writer.WriteUInt32((uint)Type);
            writer.WriteString(KeyId);
            WritePrincipals(ref writer);
            writer.WriteUInt64((ulong)Math.Max(0, ValidAfter.ToUnixTimeSeconds()));
            writer.WriteUInt64((ulong)Math.Max(0, ValidBefore.ToUnixTimeSeconds()));
            WriteOptions(CriticalOptions, ref writer);
            WriteOptions(Extensions, ref writer);
            writer.WriteString("");
            writer.WriteString(authority.Blob.Span);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private void WritePrincipals(ref SshWriter writer)
    {
        var inner = new SshWriter(stackalloc byte[512]);
        try
        {
            foreach (string principal in Principals) inner.WriteString(principal);
            writer.WriteString(inner.Written);
        }
        finally
        {
            inner.Dispose();
        }
    }
}
