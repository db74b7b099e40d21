using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>
/// Turns an ECDSA signature from what SSH sends (RFC 5656 §3.1.2: <c>mpint r, mpint s</c>) into what libcrypto takes
/// (DER: SEQUENCE of two INTEGERs), and back.
/// </summary>
internal static class EcdsaSignatureFormat
{
    // SEQUENCE header of 3 bytes, two INTEGERs of 66 + 1 bytes with a header of 2.
    public const int MaxDerSize = 160;
    private const int MaxNumberSize = 66;
    private const byte Integer = 0x02;
    private const byte Sequence = 0x30;

    /// <summary>Size of the DER form, or 0 when <paramref name="signature"/> is malformed.</summary>
    public static int ToDer(ReadOnlySpan<byte> signature, Span<byte> der)
    {
        if (!TryTakeNumber(ref signature, out ReadOnlySpan<byte> r) || !TryTakeNumber(ref signature, out ReadOnlySpan<byte> s) || !signature.IsEmpty)
            return 0;

        // An mpint is two's complement with as few bytes as can be, exactly as the contents of a DER INTEGER are.
        int length = 4 + r.Length + s.Length;
        int at = 0;
        der[at++] = Sequence;
        if (length > 127) der[at++] = 0x81;
        der[at++] = (byte)length;
        at += WriteInteger(r, der[at..]);
        at += WriteInteger(s, der[at..]);
        return at;
    }

    /// <summary>Writes r and s of libcrypto's own output as mpints.</summary>
    public static void FromDer(ReadOnlySpan<byte> der, ref SshWriter writer)
    {
        int at = der[1] == 0x81 ? 3 : 2;
        for (int i = 0; i < 2; i++)
        {
            int size = der[at + 1];
            writer.WriteString(der.Slice(at + 2, size));
            at += 2 + size;
        }
    }

    private static bool TryTakeNumber(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> number)
    {
        if (!SignatureBlob.TryTakeString(ref rest, out number) || number.IsEmpty || number.Length > MaxNumberSize + 1) return false;
        if ((number[0] & 0x80) != 0) return false;
        return number[0] != 0 || (number.Length > 1 && (number[1] & 0x80) != 0);
    }

    private static int WriteInteger(ReadOnlySpan<byte> value, Span<byte> destination)
    {
        destination[0] = Integer;
        destination[1] = (byte)value.Length;
        value.CopyTo(destination[2..]);
        return 2 + value.Length;
    }
}
