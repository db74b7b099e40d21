namespace SshGateway.Protocol.KeyExchange;

/// <summary>Contents of an mpint field (RFC 4251 §5) that is not negative.</summary>
internal static class Mpint
{
    /// <summary>Drops leading zeros of a big-endian magnitude, and puts one in front if the high bit is set.</summary>
    internal static byte[] FromUnsigned(ReadOnlySpan<byte> magnitude)
    {
        int start = magnitude.IndexOfAnyExcept((byte)0);
        if (start < 0) return [];
        magnitude = magnitude[start..];
        int sign = magnitude[0] >> 7;
        byte[] contents = new byte[magnitude.Length + sign];
        magnitude.CopyTo(contents.AsSpan(sign));
        return contents;
    }
}
