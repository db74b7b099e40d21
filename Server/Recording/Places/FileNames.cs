using System.Security.Cryptography;
using System.Text;

namespace SshGateway.Server.Recording.Places;

/// <summary>Makes one name of a file of any text, so that no user's name leads out of the folder or into another user's.</summary>
internal static class FileNames
{
    /// <summary>Bytes of a name; file systems allow 255, and a name is part of a longer one.</summary>
    private const int Longest = 128;

    /// <summary>
    /// Slashes, control characters, '%' and a dot at the beginning become %XX, so that different names stay different; what is longer than 128
    /// bytes is cut and ends in a digest.
    /// </summary>
    public static string Encode(string name)
    {
        if (name.Length == 0) return "%";
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        var encoded = new StringBuilder(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (b is < 0x21 or 0x7f or (byte)'/' or (byte)'%' or (byte)'\\' || b >= 0x80 || (b == '.' && i == 0)) encoded.Append('%').Append(b.ToString("X2"));
            else encoded.Append((char)b);
        }

        if (encoded.Length <= Longest) return encoded.ToString();
        string digest = Convert.ToHexString(SHA256.HashData(bytes).AsSpan(0, 8));
        return $"{encoded.ToString(0, Longest - digest.Length - 2)}%-{digest}";
    }

    /// <summary>Whether the text is a name of a file as it stands: what a collector is told by strangers must be.</summary>
    public static bool IsName(string name) => name.Length > 0 && Encode(name) == name;
}
