using System.Globalization;

namespace SshGateway.Server.Ctl.Output;

/// <summary>Numbers and times as sshproxyctl writes them. Its kB are 1024 bytes, its times local.</summary>
internal static class Units
{
    private static readonly string[] Names = ["MB/s", "GB/s", "TB/s", "PB/s", "EB/s"];

    /// <summary>Bandwidth of the machine formats.</summary>
    public static long Kilobytes(long bytesPerSecond) => bytesPerSecond / 1024;

    /// <summary>Bandwidth of tables.</summary>
    public static string Bandwidth(long bytesPerSecond)
    {
        double value = Kilobytes(bytesPerSecond);
        if (value < 1024) return string.Create(CultureInfo.InvariantCulture, $"{value:0} kB/s");
        int unit = -1;
        do
        {
            value /= 1024;
            unit++;
        }
        while (value >= 1024 && unit + 1 < Names.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Names[unit]}");
    }

    /// <summary>An amount of bytes.</summary>
    public static string Bytes(long bytes) => bytes < 1024 ? Number(bytes) + " B" : Bandwidth(bytes).Replace("/s", "", StringComparison.Ordinal);

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary><c>59m 49s</c>, with the units that are needed.</summary>
    public static string Duration(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero) duration = TimeSpan.Zero;
        string seconds = string.Create(CultureInfo.InvariantCulture, $"{duration.Seconds}s");
        if (duration.TotalMinutes < 1) return seconds;
        string minutes = string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes}m {seconds}");
        if (duration.TotalHours < 1) return minutes;
        string hours = string.Create(CultureInfo.InvariantCulture, $"{duration.Hours}h {minutes}");
        return duration.TotalDays < 1 ? hours : string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalDays}d {hours}");
    }

    /// <summary>Times of tables and CSV.</summary>
    public static string Time(DateTimeOffset time, TimeZoneInfo zone) =>
        time == default ? "" : TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>RFC 3339 with what there is of nanoseconds, trailing zeros left out.</summary>
    public static string Rfc3339(DateTimeOffset time, TimeZoneInfo zone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        string text = local.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
        return local.Offset == TimeSpan.Zero ? text + "Z" : text + local.ToString("zzz", CultureInfo.InvariantCulture);
    }
}
