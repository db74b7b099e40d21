using System.Text;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>
/// An OpenSSH certificate (PROTOCOL.certkeys). One that was parsed carries a valid signature of <see cref="SignatureKey"/>; whether
/// that key is an authority, and whether the certificate fits the login, is for the caller to ask (<see cref="Check"/>).
/// </summary>
public sealed class Certificate : PublicKey
{
    public const int MaxPrincipals = 256;
    private const int MaxTextLength = 16 * 1024;
    private readonly string[] _algorithms;

    private Certificate(string type, ReadOnlySpan<byte> blob, PublicKey key, PublicKey signatureKey)
        : base(type, blob)
    {
        Key = key;
        SignatureKey = signatureKey;
        _algorithms = [.. key.SignatureAlgorithms.Select(KeyTypes.CertificateName)];
    }

    /// <summary>The key that is certified.</summary>
    public PublicKey Key { get; }

    /// <summary>The key of the authority.</summary>
    public PublicKey SignatureKey { get; }

    public ulong Serial { get; private init; }

    public CertificateType Type { get; private init; }

    /// <summary>Free text of the authority; goes to the log (escaped).</summary>
    public string KeyId { get; private init; } = "";

    /// <summary>User or host names it is valid for. Empty is valid for nobody here.</summary>
    public IReadOnlyList<string> Principals { get; private init; } = [];

    /// <summary>Seconds since 1970; valid from this second on.</summary>
    public ulong ValidAfter { get; private init; }

    /// <summary>Seconds since 1970; not valid any more in this second. The largest number: for ever.</summary>
    public ulong ValidBefore { get; private init; }

    public IReadOnlyList<CertificateOption> CriticalOptions { get; private init; } = [];

    public IReadOnlyList<CertificateOption> Extensions { get; private init; } = [];

    /// <summary>Names of critical options that are not known here: a certificate that has any must be refused.</summary>
    public IReadOnlyList<string> UnknownCriticalOptions { get; private init; } = [];

    public string? ForceCommand => ValueOf(CertificateOption.ForceCommand);

    /// <summary>Where it may be used from; null when it may be used from anywhere.</summary>
    public SourceList? SourceAddress { get; private init; }

    public bool VerifyRequired => Has(CriticalOptions, CertificateOption.VerifyRequired);

    public bool NoTouchRequired => HasExtension(CertificateOption.NoTouchRequired);

    public bool PermitPty => HasExtension(CertificateOption.PermitPty);

    public bool PermitAgentForwarding => HasExtension(CertificateOption.PermitAgentForwarding);

    public bool PermitPortForwarding => HasExtension(CertificateOption.PermitPortForwarding);

    public bool PermitX11Forwarding => HasExtension(CertificateOption.PermitX11Forwarding);

    public bool PermitUserRc => HasExtension(CertificateOption.PermitUserRc);

    public override int RsaBits => Key.RsaBits;

    public override bool IsSecurityKey => Key.IsSecurityKey;

    public override IReadOnlyList<string> SignatureAlgorithms => _algorithms;

    /// <summary>Why the certificate does not fit, or null when it does: type, validity, principal, unknown critical options.</summary>
    /// <param name="principal">The user or host name; it must equal one of <see cref="Principals"/>. Null: principals are not looked at.</param>
    public string? Check(CertificateType type, string? principal, DateTimeOffset now)
    {
        if (Type != type) return type == CertificateType.User ? "it is not a user certificate" : "it is not a host certificate";
        long seconds = now.ToUnixTimeSeconds();
        if (seconds < 0 || (ulong)seconds < ValidAfter) return "it is not valid yet";
        if ((ulong)seconds >= ValidBefore) return "it has expired";
        if (UnknownCriticalOptions.Count > 0) return "it has a critical option that is not known here";
        if (Type == CertificateType.Host && CriticalOptions.Count > 0) return "it is a host certificate with critical options";
        if (principal is null) return null;
        StringComparison comparison = type == CertificateType.Host ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        foreach (string name in Principals)
        {
            if (name.Length > 0 && string.Equals(name, principal, comparison)) return null;
        }

        return Principals.Count == 0 ? "it names no principal" : "the name is not among its principals";
    }

    /// <inheritdoc/>
    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        PlainAlgorithm(algorithm) is { } plain && Key.Verify(plain, data, signature);

    /// <inheritdoc/>
    public override bool VerifySk(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, out SkSignatureInfo info)
    {
        info = default;
        return PlainAlgorithm(algorithm) is { } plain && Key.VerifySk(plain, data, signature, out info);
    }

    internal static Certificate? Read(string type, ReadOnlySpan<byte> blob, ref SshReader reader)
    {
        reader.ReadString();
        if (PublicKeyFormat.ReadFields(KeyTypes.PlainName(type), ref reader) is not { } key) return null;
        ulong serial = reader.ReadUInt64();
        uint kind = reader.ReadUInt32();
        if (kind is not ((uint)CertificateType.User or (uint)CertificateType.Host)) throw PublicKeyFormat.Malformed("a certificate is neither for a user nor for a host");
        string keyId = reader.ReadText(MaxTextLength);
        string[] principals = ReadPrincipals(reader.ReadString());
        ulong validAfter = reader.ReadUInt64(), validBefore = reader.ReadUInt64();
        List<CertificateOption> critical = ReadOptions(reader.ReadString()), extensions = ReadOptions(reader.ReadString());
        reader.ReadString();
        PublicKey authority = ReadAuthority(reader.ReadString());
        int signedLength = blob.Length - reader.Remaining;
        ReadOnlySpan<byte> signature = reader.ReadString();
        reader.ExpectEnd();
        if (!VerifyAuthority(authority, blob[..signedLength], signature)) throw PublicKeyFormat.Malformed("the signature of a certificate is not valid");
        return new Certificate(type, blob, key, authority)
        {
            Serial = serial,
            Type = (CertificateType)kind,
            KeyId = keyId,
            Principals = principals,
            ValidAfter = validAfter,
            ValidBefore = validBefore,
            CriticalOptions = critical,
            Extensions = extensions,
            UnknownCriticalOptions = [.. critical.Where(option => !IsKnown(option)).Select(option => option.Name)],
            SourceAddress = ReadSourceAddress(critical),
        };
    }

    private static PublicKey ReadAuthority(ReadOnlySpan<byte> blob)
    {
        var reader = new SshReader(blob);
        if (KeyTypes.IsCertificateName(reader.ReadAscii())) throw PublicKeyFormat.Malformed("a certificate is signed by another certificate");
        return Parse(blob);
    }

    private static bool VerifyAuthority(PublicKey authority, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        // RSA authorities with SHA-1 are refused: their algorithm is not in the list.
        foreach (string algorithm in authority.SignatureAlgorithms)
        {
            if (!SignatureBlob.TryReadWithTrailer(signature, algorithm, out _, out _)) continue;
            return authority.Verify(algorithm, data, signature);
        }

        return false;
    }

    private static string[] ReadPrincipals(ReadOnlySpan<byte> list)
    {
        var reader = new SshReader(list);
        var principals = new List<string>();
        while (!reader.IsAtEnd)
        {
            if (principals.Count == MaxPrincipals) throw PublicKeyFormat.Malformed($"a certificate has more than {MaxPrincipals} principals");
            principals.Add(reader.ReadText(MaxTextLength));
        }

        return [.. principals];
    }

    /// <summary>Pairs of a name and data; data is empty for flags, else a string in a string.</summary>
    private static List<CertificateOption> ReadOptions(ReadOnlySpan<byte> list)
    {
        var reader = new SshReader(list);
        var options = new List<CertificateOption>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (!reader.IsAtEnd)
        {
            string name = reader.ReadText(MaxTextLength);
            if (!names.Add(name)) throw PublicKeyFormat.Malformed("a certificate has an option twice");
            ReadOnlySpan<byte> data = reader.ReadString(MaxTextLength);
            options.Add(new CertificateOption(name, ReadValue(data)));
        }

        return options;
    }

    private static string? ReadValue(ReadOnlySpan<byte> data)
    {
        // Options of others may hold anything: what is not a string in a string is kept as the text of its bytes.
        if (data.IsEmpty) return null;
        ReadOnlySpan<byte> rest = data;
        return SignatureBlob.TryTakeString(ref rest, out ReadOnlySpan<byte> text) && rest.IsEmpty
            ? Encoding.UTF8.GetString(text)
            : Encoding.Latin1.GetString(data);
    }

    private static bool IsKnown(CertificateOption option) => option.Name switch
    {
        CertificateOption.ForceCommand => option.Value is not null,
        CertificateOption.SourceAddress => option.Value is { } value && SourceList.TryParseNetworks(value) is not null,
        CertificateOption.VerifyRequired => option.Value is null,
        _ => false,
    };

    private static SourceList? ReadSourceAddress(List<CertificateOption> critical)
    {
        string? value = critical.Find(option => option.Name == CertificateOption.SourceAddress)?.Value;
        return value is null ? null : SourceList.TryParseNetworks(value);
    }

    private static bool Has(IReadOnlyList<CertificateOption> options, string name)
    {
        for (int i = 0; i < options.Count; i++)
        {
            if (options[i].Name == name) return true;
        }

        return false;
    }

    private bool HasExtension(string name) => Has(Extensions, name);

    private string? ValueOf(string name)
    {
        foreach (CertificateOption option in CriticalOptions)
        {
            if (option.Name == name) return option.Value;
        }

        return null;
    }

    private string? PlainAlgorithm(string algorithm)
    {
        int index = Array.IndexOf(_algorithms, algorithm);
        return index < 0 ? null : Key.SignatureAlgorithms[index];
    }
}
