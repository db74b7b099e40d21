using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>Reads key blobs and the lines of .pub files; the one place that knows which type has which fields.</summary>
internal static class PublicKeyFormat
{
    // A certificate with 256 principals of 128 bytes and an RSA key of 16,384 bits stays far below.
    internal const int MaxBlobSize = 128 * 1024;
    private const int MaxTypeNameLength = 64;

    internal static PublicKey Parse(ReadOnlySpan<byte> blob)
    {
        if (blob.Length > MaxBlobSize) throw Malformed("a key is too large");
        var reader = new SshReader(blob);
        string type = reader.ReadAscii(MaxTypeNameLength);
        try
        {
            return Read(type, blob, ref reader) ?? throw Malformed($"key type {type} is not known");
        }
        catch (CryptographicException e)
        {
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"the {type} key is not valid", e);
        }
    }

    /// <summary>Reads the fields of a plain key that follow its type; used for certificates too, which embed them.</summary>
    internal static PublicKey? ReadFields(string type, ref SshReader reader)
    {
        switch (type)
        {
            case KeyTypes.Ed25519: return Ed25519PublicKey.Read(ref reader);
            case KeyTypes.Rsa: return RsaPublicKey.Read(ref reader);
            case KeyTypes.EcdsaP256 or KeyTypes.EcdsaP384 or KeyTypes.EcdsaP521: return EcdsaPublicKey.Read(type, ref reader);
            case KeyTypes.SkEd25519 or KeyTypes.SkEcdsaP256: return SkPublicKey.Read(type, ref reader);
            default: return null;
        }
    }

    internal static bool TryParseLine(ReadOnlySpan<byte> line, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? problem)
    {
        ReadOnlySpan<byte> rest = line.TrimStart(" \t"u8);
        ReadOnlySpan<byte> type = NextWord(ref rest);
        ReadOnlySpan<byte> base64 = NextWord(ref rest);
        if (!type.IsEmpty && !base64.IsEmpty) return TryDecode(type, base64, out key, out problem);
        key = null;
        problem = "not a public key (expected: type base64 comment)";
        return false;
    }

    /// <summary>Decodes the base64 word behind a type word; both must name the same type.</summary>
    internal static bool TryDecode(
        ReadOnlySpan<byte> type, ReadOnlySpan<byte> base64, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? problem)
    {
        key = null;
        if (!TryDecodeBlob(type, base64, out byte[]? blob, out problem)) return false;
        return PublicKey.TryParse(blob, out key, out problem);
    }

    /// <summary>Decodes the base64 word behind a type word, and looks no further into the blob than its own type.</summary>
    internal static bool TryDecodeBlob(
        ReadOnlySpan<byte> type, ReadOnlySpan<byte> base64, [NotNullWhen(true)] out byte[]? blob, [NotNullWhen(false)] out string? problem)
    {
        blob = null;
        problem = null;
        if (base64.Length > Base64.GetMaxEncodedToUtf8Length(MaxBlobSize))
        {
            problem = "the key is too large";
            return false;
        }

        byte[] decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        ReadOnlySpan<byte> name = default;
        if (Base64.DecodeFromUtf8(base64, decoded, out _, out int size) != OperationStatus.Done) problem = "the key is not valid base64";
        else if (!TryReadType(decoded.AsSpan(0, size), out name)) problem = "the key is cut off";
        else if (!name.SequenceEqual(type)) problem = $"the line says {Show(type)} but the key is {Show(name)}";
        if (problem is not null) return false;
        blob = size == decoded.Length ? decoded : decoded[..size];
        return true;
    }

    private static bool TryReadType(ReadOnlySpan<byte> blob, out ReadOnlySpan<byte> type) => SignatureBlob.TryTakeString(ref blob, out type);

    /// <summary>Takes the bytes up to the next blank and the blanks behind them.</summary>
    internal static ReadOnlySpan<byte> NextWord(scoped ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..].TrimStart(" \t"u8);
        return word;
    }

    internal static SshProtocolException Malformed(string message) => new(DisconnectReason.ProtocolError, message);

    private static PublicKey? Read(string type, ReadOnlySpan<byte> blob, ref SshReader reader)
    {
        if (KeyTypes.IsCertificateName(type)) return Certificate.Read(type, blob, ref reader);
        PublicKey? key = ReadFields(type, ref reader);
        if (key is null) return null;
        reader.ExpectEnd();
        // Fields are read strictly, so that one key has one blob: what was parsed is what is compared.
        if (!key.Blob.Span.SequenceEqual(blob)) throw Malformed($"the {type} key is not encoded canonically");
        return key;
    }

    private static string Show(ReadOnlySpan<byte> word) =>
        Utf8.IsValid(word) && word.Length <= MaxTypeNameLength && !word.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)
            ? Encoding.ASCII.GetString(word)
            : "another type";
}
