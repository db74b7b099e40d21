using System.Buffers;
using System.Globalization;
using System.Text;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Durations such as 2m30s, 1h, 500ms, 1.5s; a bare 0 needs no unit. Units: h, m, s, ms, us, ns, and d.</summary>
internal static class DurationText
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly TimeSpan Longest = TimeSpan.FromDays(10 * 366);

    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        if (text == "0") return true;
        ReadOnlySpan<char> rest = text;
        if (rest.IsEmpty || rest.Length > 64) return false;
        decimal ticks = 0;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)) return false;
            rest = rest[digits..];
            int letters = rest.IndexOfAny(Digits);
            if (letters < 0) letters = rest.Length;
            decimal unit = Ticks(rest[..letters]);
            if (unit == 0 || number > 1_000_000_000_000_000m) return false;
            ticks += number * unit;
            if (ticks > Longest.Ticks) return false;
            rest = rest[letters..];
        }

        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero) return "0s";
        if (value < TimeSpan.FromSeconds(1)) return string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.####}ms");
        StringBuilder text = new();
        long hours = (long)value.TotalHours;
        if (hours > 0) text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (hours > 0 || value.Minutes > 0) text.Append(CultureInfo.InvariantCulture, $"{value.Minutes}m");
        decimal seconds = value.Ticks % TimeSpan.TicksPerMinute / (decimal)TimeSpan.TicksPerSecond;
        return text.Append(CultureInfo.InvariantCulture, $"{seconds:0.#######}s").ToString();
    }

    private static decimal Ticks(ReadOnlySpan<char> unit) => unit switch
    {
        "d" => TimeSpan.TicksPerDay,
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ns" => 0.01m,
        _ => 0,
    };
}
