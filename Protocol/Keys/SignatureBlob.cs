using System.Buffers.Binary;
using System.Text;

namespace SshGateway.Protocol.Keys;

/// <summary>The signature blob of RFC 4253 §6.6: <c>string algorithm, string signature</c>.</summary>
internal static class SignatureBlob
{
    /// <summary>The inner signature; false when the algorithm is another one, a length is wrong, it is empty, or bytes follow.</summary>
    public static bool TryRead(ReadOnlySpan<byte> blob, string algorithm, out ReadOnlySpan<byte> signature) =>
        TryReadWithTrailer(blob, algorithm, out signature, out ReadOnlySpan<byte> rest) && rest.IsEmpty;

    /// <summary>As <see cref="TryRead"/> for formats that have more fields behind the signature.</summary>
    public static bool TryReadWithTrailer(
        ReadOnlySpan<byte> blob, string algorithm, out ReadOnlySpan<byte> signature, out ReadOnlySpan<byte> rest)
    {
        signature = default;
        ReadOnlySpan<byte> unread = blob;
        bool valid = TryTakeString(ref unread, out ReadOnlySpan<byte> name)
            && Ascii.Equals(name, algorithm)
            && TryTakeString(ref unread, out signature)
            && !signature.IsEmpty;
        rest = unread;
        return valid;
    }

    /// <summary>Takes one string; false when its length does not fit.</summary>
    public static bool TryTakeString(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (rest.Length < 4) return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > (uint)(rest.Length - 4)) return false;
        value = rest.Slice(4, (int)length);
        rest = rest[(4 + (int)length)..];
        return true;
    }

    /// <summary>A blob with room for a signature of <paramref name="size"/> bytes, which starts at the returned offset.</summary>
    public static byte[] Create(string algorithm, int size, out int offset)
    {
        offset = 8 + algorithm.Length;
        byte[] blob = new byte[offset + size];
        BinaryPrimitives.WriteInt32BigEndian(blob, algorithm.Length);
        Encoding.ASCII.GetBytes(algorithm, blob.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(blob.AsSpan(4 + algorithm.Length), size);
        return blob;
    }
}
