using System.Globalization;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Listing;

/// <summary>Times as sshproxy's replay tool prints them (the layouts of Go), in one time zone.</summary>
internal sealed class DumpTimeText(TimeZoneInfo zone)
{
    private const int RecordWidth = 15;

    /// <summary>2026-11-22 07:18:05.377854129 +0000 UTC: a fraction without zeros at its end, or none.</summary>
    public string Full(ulong timeNs)
    {
        DateTimeOffset local = Local(timeNs);
        ulong nanoseconds = timeNs % UnixNanoseconds.PerSecond;
        string fraction = nanoseconds == 0 ? "" : $".{nanoseconds:d9}".TrimEnd('0');
        string offset = local.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        return $"{local.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}{fraction} {offset} {ZoneName(local, offset)}";
    }

    /// <summary>Nov 22 07:18:00, for the first record of a listing.</summary>
    public string Day(ulong timeNs) => Local(timeNs).ToString("MMM dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>The seconds since the first record, as wide as <see cref="Day"/>.</summary>
    public static string Since(ulong firstNs, ulong timeNs)
    {
        bool backwards = timeNs < firstNs;
        ulong distance = backwards ? firstNs - timeNs : timeNs - firstNs;
        // The same sum in the same type as there, so that both round alike.
        double seconds = (distance / UnixNanoseconds.PerSecond) + ((distance % UnixNanoseconds.PerSecond) / 1e9);
        return $"+{(backwards ? "-" : "")}{seconds.ToString("F6", CultureInfo.InvariantCulture)}".PadLeft(RecordWidth);
    }

    /// <summary>2026-11-22 07:18:05, for one line per event.</summary>
    public string Second(ulong timeNs) => Local(timeNs).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>2026-11-22 07:18:05+00:00, as script(1) writes it.</summary>
    public string Iso(ulong timeNs) => Local(timeNs).ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture);

    private DateTimeOffset Local(ulong timeNs) => TimeZoneInfo.ConvertTime(UnixNanoseconds.ToUtc(timeNs), zone);

    // The platform has an abbreviation for most zones and a long name for the others, UTC among them.
    private string ZoneName(DateTimeOffset local, string offset)
    {
        string name = zone.IsDaylightSavingTime(local) ? zone.DaylightName : zone.StandardName;
        if (!name.Contains(' ', StringComparison.Ordinal) && name.Length > 0) return name;
        return zone.HasSameRules(TimeZoneInfo.Utc) ? "UTC" : offset;
    }
}
