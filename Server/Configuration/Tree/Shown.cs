using System.Globalization;
using System.Text;

namespace SshGateway.Server.Configuration.Tree;

/// <summary>Text of a file as it may stand in a message: control characters escaped, length bounded.</summary>
internal static class Shown
{
    public static string Text(string text)
    {
        StringBuilder result = new();
        foreach (char c in text)
        {
            if (result.Length >= 80) return result.Append('…').ToString();
            if (char.IsControl(c) || char.IsSurrogate(c)) result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else result.Append(c);
        }

        return result.ToString();
    }
}
