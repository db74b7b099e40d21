using System.Globalization;
using System.Text;

namespace SshGateway.Server.Configuration.Tree;

/// <summary>Text of a file as it may stand in a message: control characters escaped, length bounded.</summary>
internal static class Shown
{
    public static string Text(string text) => Escaped(text, 80);

    /// <summary>A whole message, in which something of the file may stand.</summary>
    public static string Message(string text) => Escaped(text, 1000);

    private static string Escaped(string text, int limit)
    {
        StringBuilder result = new();
        foreach (char c in text)
        {
            if (result.Length >= limit) return result.Append('…').ToString();
            if (char.IsControl(c) || char.IsSurrogate(c)) result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else result.Append(c);
        }

        return result.ToString();
    }
}
