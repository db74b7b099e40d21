using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Logging;

/// <summary>The path of a log with patterns: whatever a user is called, the file stays in the folder the pattern names.</summary>
internal static class LogFileName
{
    private const int MaxBytes = 128;

    public static bool HasPattern(string target) => target.Contains('{', StringComparison.Ordinal);

    public static string Expand(string pattern, PatternExpander patterns) => (patterns with
    {
        User = patterns.User is { } user ? Encode(user) : null,
        Host = patterns.Host is { } host ? Encode(host) : null,
    }).Expand(pattern);

    /// <summary>Letters, digits and <c>._-+@</c> stay, other characters become <c>%XX</c> of their UTF-8; long names end in a hash.</summary>
    public static string Encode(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        var safe = new StringBuilder(bytes.Length + 8);
        foreach (byte b in bytes)
        {
            char c = (char)b;
            // A leading dot would hide the file, or name a folder.
            bool plain = char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or '@' || (c == '.' && safe.Length > 0);
            if (plain) safe.Append(c);
            else safe.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        if (safe.Length == 0) return "%";
        if (safe.Length <= MaxBytes) return safe.ToString();
        string hash = Convert.ToHexString(SHA256.HashData(bytes).AsSpan(0, 8));
        return string.Concat(safe.ToString().AsSpan(0, MaxBytes), "~", hash);
    }
}
