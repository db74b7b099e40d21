using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Tests.Keys;

/// <summary>A security key in software: it signs as OpenSSH's PROTOCOL.u2f and PROTOCOL.webauthn describe.</summary>
internal sealed class SoftwareAuthenticator : ISshSigner
{
    public const byte Present = 1;
    public const byte Verified = 4;

    private const string Application = "ssh:";

    private readonly string _algorithm;
    private readonly PrivateKey _inner;

    /// <param name="algorithm">What it signs with: an sk type, or webauthn for one that sits behind a browser.</param>
    /// <param name="inner">Ed25519 or ECDSA with P-256, as the algorithm has it.</param>
    public SoftwareAuthenticator(string algorithm, PrivateKey inner)
    {
        _algorithm = algorithm;
        _inner = inner;
        PublicKey plain = inner.PublicKey;
        var writer = new SshWriter(new byte[256]);
        writer.WriteString(algorithm == KeyTypes.WebauthnSkEcdsaP256 ? KeyTypes.SkEcdsaP256 : algorithm);
        writer.WriteBytes(plain.Blob.Span[(4 + plain.KeyType.Length)..]);
        writer.WriteString(Application);
        PublicKey = PublicKey.Parse(writer.Written);
    }

    public PublicKey PublicKey { get; }

    /// <summary>What the next signatures say of the user.</summary>
    public byte Flags { get; set; } = Present;

    /// <summary>Counts the signatures, and each of them says its number.</summary>
    public uint Counter { get; private set; }

    public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Sign(data.ToArray(), Flags, ++Counter));

    public byte[] Sign(byte[] data, byte flags, uint counter)
    {
        if (_algorithm == KeyTypes.WebauthnSkEcdsaP256)
        {
            string text = $"{{\"type\":\"webauthn.get\",\"challenge\":\"{Base64Url.EncodeToString(data)}\",\"origin\":\"https://x\"}}";
            return SignWebauthn(Encoding.UTF8.GetBytes(text), "https://x", [], flags, counter);
        }

        var writer = new SshWriter(new byte[512]);
        writer.WriteString(_algorithm);
        writer.WriteString(MakeAssertion(SHA256.HashData(data), [], flags, counter));
        writer.WriteByte(flags);
        writer.WriteUInt32(counter);
        return writer.ToArray();
    }

    public byte[] SignWebauthn(byte[] clientData, string origin, byte[] extensions, byte flags, uint counter = 1)
    {
        var writer = new SshWriter(new byte[1024]);
        writer.WriteString(KeyTypes.WebauthnSkEcdsaP256);
        writer.WriteString(MakeAssertion(SHA256.HashData(clientData), extensions, flags, counter));
        writer.WriteByte(flags);
        writer.WriteUInt32(counter);
        writer.WriteString(origin);
        writer.WriteString(clientData);
        writer.WriteString(extensions);
        return writer.ToArray();
    }

    private byte[] MakeAssertion(byte[] messageHash, byte[] extensions, byte flags, uint counter)
    {
        var signed = new SshWriter(new byte[256]);
        signed.WriteBytes(SHA256.HashData(Encoding.ASCII.GetBytes(Application)));
        signed.WriteByte(flags);
        signed.WriteUInt32(counter);
        signed.WriteBytes(extensions);
        signed.WriteBytes(messageHash);
        var reader = new SshReader(_inner.Sign(_inner.PublicKey.KeyType, signed.Written));
        reader.ReadString();
        return reader.ReadString().ToArray();
    }
}
