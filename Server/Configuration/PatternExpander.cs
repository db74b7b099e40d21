using System.Globalization;
using System.Text;

namespace SshGateway.Server.Configuration;

/// <summary>Expands {user} {home} {uid} {sid} {time} {host}. A value that is not known at that point leaves its pattern as it is.</summary>
internal sealed record PatternExpander
{
    public static readonly IReadOnlyList<string> Names = ["user", "home", "uid", "sid", "time", "host"];

    public string? User { get; init; }

    public string? Home { get; init; }

    public uint? Uid { get; init; }

    public string? SessionId { get; init; }

    /// <summary>Start of the session; written as RFC 3339 with nanoseconds, trailing zeros left out.</summary>
    public DateTimeOffset? Time { get; init; }

    public string? Host { get; init; }

    public string Expand(string text)
    {
        int open = text.IndexOf('{', StringComparison.Ordinal);
        if (open < 0) return text;
        StringBuilder result = new(text.Length + 32);
        int position = 0;
        while (open >= 0)
        {
            result.Append(text, position, open - position);
            int close = text.IndexOf('}', open);
            string? value = close < 0 ? null : Value(text.AsSpan(open + 1, close - open - 1));
            result.Append(value ?? "{");
            position = value is null ? open + 1 : close + 1;
            open = text.IndexOf('{', position);
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>As <see cref="Expand"/>, for paths: a value can neither leave its directory nor add one. False when it would.</summary>
    public bool TryExpandPath(string text, out string path)
    {
        path = Expand(text);
        foreach ((string name, string? value) in new[] { ("{user}", User), ("{sid}", SessionId), ("{host}", Host) })
        {
            if (!text.Contains(name, StringComparison.Ordinal) || value is null) continue;
            if (value is "" or "." or ".." || value.AsSpan().IndexOfAny('/', '\0') >= 0) return false;
        }

        return !path.Contains('\0', StringComparison.Ordinal);
    }

    private string? Value(ReadOnlySpan<char> name) => name switch
    {
        "user" => User,
        "home" => Home,
        "uid" => Uid?.ToString(CultureInfo.InvariantCulture),
        "sid" => SessionId,
        "time" => Time is { } time ? FormatTime(time) : null,
        "host" => Host,
        _ => null,
    };

    private static string FormatTime(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)
        + (time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture));
}
