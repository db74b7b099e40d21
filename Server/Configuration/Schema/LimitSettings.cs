using System.Globalization;
using System.Net;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys of <c>limits</c>.</summary>
internal static class LimitSettings
{
    private const int MinRekeyBytes = 16;

    private static readonly SettingTable<PenaltyConfiguration> Penalties = new SettingTable<PenaltyConfiguration>()
        .Add<TimeSpan>("auth_fail", Values.Duration, (p, v) => p with { AuthFail = v })
        .Add<TimeSpan>("no_auth", Values.Duration, (p, v) => p with { NoAuth = v })
        .Add<TimeSpan>("grace_exceeded", Values.Duration, (p, v) => p with { GraceExceeded = v })
        .Add<TimeSpan>("crash", Values.Duration, (p, v) => p with { Crash = v })
        .Add<TimeSpan>("max", Values.Duration, (p, v) => p with { Max = v })
        .Add("max_sources", Values.Count(1, 1 << 24), (p, v) => p with { MaxSources = v })
        .Add("exempt", Values.ListOf<IPNetwork>(Values.Network), (p, v) => p with { Exempt = v });

    public static readonly SettingTable<LimitsConfiguration> Table = new SettingTable<LimitsConfiguration>()
        .Add<StartupLimit>("max_startups", Startups, (l, v) => l with { MaxStartups = v })
        .Add("per_source", Values.Count(0, int.MaxValue), (l, v) => l with { PerSource = v })
        .Add<TimeSpan>("grace", Values.PositiveDuration, (l, v) => l with { LoginGrace = v })
        .Add("max_tries", Values.Count(1, 1000), (l, v) => l with { MaxTries = v })
        .Add("max_requests", Values.Count(1, 100_000), (l, v) => l with { MaxRequests = v })
        .Add("max_sessions", Values.Count(0, 65536), (l, v) => l with { MaxSessions = v })
        .Add<Func<PenaltyConfiguration, PenaltyConfiguration>>("penalties", Penalty, (l, v) => l with { Penalties = v(l.Penalties) })
        .Add<(long Bytes, long Seconds)>("rekey", Rekey, (l, v) => l with { RekeyBytes = v.Bytes, RekeySeconds = v.Seconds });

    public static IReadOnlyList<string> PenaltyKeys => Penalties.Paths;

    private static bool Penalty(ConfigNode node, ReadContext context, out Func<PenaltyConfiguration, PenaltyConfiguration> value)
    {
        value = p => p;
        if (node.IsScalar && YamlScalar.TryBoolean(node.Text, out bool enabled))
        {
            value = p => p with { Enabled = enabled };
            return true;
        }

        if (node.Kind != ConfigKind.Map) return context.Error(node.Mark, $"off or a map is expected, not {Describe.Kind(node)}");
        List<Func<PenaltyConfiguration, PenaltyConfiguration>> changes = [];
        Penalties.Read(node, context, changes);
        value = p => changes.Aggregate(p, (current, change) => change(current));
        return true;
    }

    // One number, or begin:rate:full.
    private static bool Startups(ConfigNode node, ReadContext context, out StartupLimit value)
    {
        value = default;
        string[] parts = node.IsScalar ? node.Text.Split(':') : [];
        int[] numbers = new int[3];
        bool good = parts.Length is 1 or 3;
        for (int i = 0; good && i < parts.Length; i++) good = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) && numbers[i] > 0;
        value = parts.Length == 1 ? new StartupLimit(numbers[0], 100, numbers[0]) : new StartupLimit(numbers[0], numbers[1], numbers[2]);
        good = good && value.Rate <= 100 && value.Full >= value.Begin;
        return good || context.Error(node.Mark, $"BEGIN:RATE:FULL such as 10:30:100 (or one number) is expected, not {Describe.Kind(node)}");
    }

    // As sshd's RekeyLimit: BYTES with K, M, G or "default", then "none" or a time.
    private static bool Rekey(ConfigNode node, ReadContext context, out (long Bytes, long Seconds) value)
    {
        value = (0, new LimitsConfiguration().RekeySeconds);
        string[] parts = node.IsScalar ? node.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
        bool good = parts.Length is 1 or 2;
        if (good && parts[0] != "default") good = Values.TrySize(parts[0], out value.Bytes) && value.Bytes >= MinRekeyBytes;
        if (good && parts.Length == 2) good = TrySeconds(parts[1], out value.Seconds);
        return good || context.Error(node.Mark, $"\"BYTES SECONDS\" such as \"1G 1h\" (at least {MinRekeyBytes} bytes; default, none) is expected, not {Describe.Kind(node)}");
    }

    private static bool TrySeconds(string text, out long seconds)
    {
        seconds = 0;
        if (text is "none") return true;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)) return seconds <= int.MaxValue;
        if (!DurationText.TryParse(text.EndsWith('w') ? text[..^1] + "d" : text, out TimeSpan span)) return false;
        seconds = (long)span.TotalSeconds * (text.EndsWith('w') ? 7 : 1);
        return seconds > 0;
    }
}
