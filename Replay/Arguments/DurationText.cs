using System.Buffers;
using System.Globalization;

namespace SshGateway.Replay.Arguments;

/// <summary>Durations as people write them in this family of tools: 2s, 1m30s, 1.5h, 200ms; a bare number means seconds.</summary>
internal static class DurationText
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (TryNumber(text, out double bare)) return TryAdd(ref duration, bare);
        if (text.IsEmpty) return false;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !TryNumber(text[..digits], out double number)) return false;
            text = text[digits..];
            int unitEnd = text.IndexOfAny(NumberCharacters);
            ReadOnlySpan<char> unit = unitEnd < 0 ? text : text[..unitEnd];
            if (Seconds(unit) is not { } seconds || !TryAdd(ref duration, number * seconds)) return false;
            text = text[unit.Length..];
        }

        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

    private static double? Seconds(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 0.001,
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => null,
    };

    private static bool TryAdd(ref TimeSpan duration, double seconds)
    {
        double total = duration.TotalSeconds + seconds;
        if (total > TimeSpan.MaxValue.TotalSeconds / 2) return false;
        duration = TimeSpan.FromSeconds(total);
        return true;
    }
}
