using System.Globalization;
using SshGateway.Server.Configuration.Schema;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Ctl.Arguments;

/// <summary>Dates and durations of the command line. Dates are in local time.</summary>
internal static class TimeArguments
{
    private static readonly string[] DateFormats = ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd"];

    /// <summary><c>YYYY-MM-DD[ HH:MM[:SS]]</c>, in the future.</summary>
    public static DateTimeOffset Expiry(string text, TimeProvider time)
    {
        if (!TryDate(text, time, out DateTimeOffset date))
            throw new UsageException($"'{Shown.Text(text)}' is no date: 'YYYY-MM-DD[ HH:MM[:SS]]' is expected");
        return date > time.GetUtcNow() ? date : throw new UsageException($"the date '{text}' is in the past");
    }

    /// <summary>A date, or how long ago.</summary>
    public static DateTimeOffset? Since(string? text, TimeProvider time)
    {
        if (text is null) return null;
        if (TryDate(text, time, out DateTimeOffset date)) return date;
        if (DurationText.TryParse(text, out TimeSpan ago)) return time.GetUtcNow() - ago;
        throw new UsageException($"'{Shown.Text(text)}' is neither a date ('YYYY-MM-DD[ HH:MM[:SS]]') nor a duration (2h30m)");
    }

    /// <summary>A duration that is not zero.</summary>
    public static TimeSpan Duration(CtlOption option, string text)
    {
        if (DurationText.TryParse(text, out TimeSpan duration) && duration > TimeSpan.Zero) return duration;
        throw new UsageException($"-{option.Name} expects a duration such as 2h30m, not '{Shown.Text(text)}'");
    }

    /// <summary>A whole number from 1 up.</summary>
    public static int Number(CtlOption option, string? text, int otherwise)
    {
        if (text is null) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0) return number;
        throw new UsageException($"-{option.Name} expects a number from 1 up, not '{Shown.Text(text)}'");
    }

    private static bool TryDate(string text, TimeProvider time, out DateTimeOffset date)
    {
        date = default;
        if (!DateTime.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local)) return false;
        TimeSpan offset = time.LocalTimeZone.GetUtcOffset(local);
        // The first hours of the year 1 do not exist west of Greenwich's east.
        if (local.Ticks < offset.Ticks) return false;
        date = new DateTimeOffset(local, offset);
        return true;
    }
}
