using System.Globalization;
using System.Net;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys of <c>destination</c>.</summary>
internal static class DestinationSettings
{
    private static readonly ValueParser<IReadOnlyList<DestinationAuth>> AuthNames = Values.ListOf(Values.Choice(
        ("certificate", DestinationAuth.Certificate), ("userkey", DestinationAuth.UserKey), ("key", DestinationAuth.Key),
        ("hostbased", DestinationAuth.HostBased), ("password", DestinationAuth.Password), ("agent", DestinationAuth.Agent), ("gssapi", DestinationAuth.Gssapi)));

    public static readonly SettingTable<DestinationConfiguration> Table = new SettingTable<DestinationConfiguration>()
        .Add<string>("user", Values.Text, (d, v) => d with { User = v, Given = d.Given | DestinationKeys.User })
        .Add<IReadOnlyList<DestinationAuth>>("auth", AuthNames, (d, v) => d with { Auth = v })
        .Add<string>("ca_key", Values.KeyFile, (d, v) => d with { CaKey = v })
        .Add<TimeSpan>("certificate_ttl", Values.PositiveDuration, (d, v) => d with { CertificateTtl = v })
        .Add("certificate_sources", Values.ListOf<IPNetwork>(Values.Network), (d, v) => d with { CertificateSources = v })
        .Add("keys", Values.ListOf<string>(Values.KeyFile), (d, v) => d with { Keys = v })
        .Add("user_keys", Values.ListOf<string>(Values.Path), (d, v) => d with { UserKeys = v, Given = d.Given | DestinationKeys.UserKeys })
        .Add("known_hosts", Values.ListOf<string>(Values.Path), (d, v) => d with { KnownHosts = v, Given = d.Given | DestinationKeys.KnownHosts })
        .Add("host_key_check", Values.Choice(("strict", HostKeyCheck.Strict), ("accept-new", HostKeyCheck.AcceptNew), ("off", HostKeyCheck.Off)), (d, v) => d with { HostKeyCheck = v, Given = d.Given | DestinationKeys.HostKeyCheck })
        .Add<TimeSpan>("connect_timeout", Values.PositiveDuration, (d, v) => d with { ConnectTimeout = v, Given = d.Given | DestinationKeys.ConnectTimeout })
        .Add<(TimeSpan Interval, int? Count)>("keepalive", Keepalive, (d, v) => d with { KeepaliveInterval = v.Interval, KeepaliveCount = v.Count ?? d.KeepaliveCount, Given = d.Given | DestinationKeys.Keepalive })
        .Add<bool>("legacy", Values.Flag, (d, v) => d with { Legacy = v })
        .Add("proxy_protocol", Values.Choice(("off", ProxyHeader.Off), ("v1", ProxyHeader.V1), ("v2", ProxyHeader.V2)), (d, v) => d with { ProxyProtocol = v })
        .Add<(string File, UserMap? Users)>("user_map", Users, (d, v) => d with { UserMap = v.File, Users = v.Users })
        .Add<bool>("gssapi_delegate", Values.Flag, (d, v) => d with { GssapiDelegate = v });

    // The map is read with the file that names it: a reload reads both.
    private static bool Users(ConfigNode node, ReadContext context, out (string File, UserMap? Users) value)
    {
        value = default;
        if (!Values.Path(node, context, out string file)) return false;
        value = (file, null);
        if (file.Length == 0) return true;
        string text;
        try
        {
            text = context.Services.ReadText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return context.Error(node.Mark, $"the file '{Shown.Text(file)}' cannot be read");
        }

        if (text.Length > UserMap.MaxLength) return context.Error(node.Mark, $"the file '{Shown.Text(file)}' is larger than {UserMap.MaxLength} characters");
        bool isGood = true;
        value = (file, UserMap.Parse(text, file, (mark, problem) => isGood = context.Error(mark, problem)));
        return isGood;
    }

    // "15s", or "15s x 3" with the number of probes that may stay unanswered; 0 and off send none.
    private static bool Keepalive(ConfigNode node, ReadContext context, out (TimeSpan Interval, int? Count) value)
    {
        value = default;
        if (node.IsScalar && node.Text is "off" or "false") return true;
        string[] parts = node.IsScalar ? node.Text.Split(['x', '×', '*'], StringSplitOptions.TrimEntries) : [];
        if (parts.Length is 1 or 2 && DurationText.TryParse(parts[0], out TimeSpan interval))
        {
            value = (interval, null);
            if (parts.Length == 1) return true;
            if (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= 1000)
            {
                value = (interval, count);
                return true;
            }
        }

        return context.Error(node.Mark, $"an interval such as 15s, or 15s x 3, is expected, not {Describe.Kind(node)}");
    }
}
