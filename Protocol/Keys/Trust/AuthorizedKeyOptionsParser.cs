using System.Globalization;
using System.Text;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>Reads the option list of an authorized_keys line. An option that is not known makes the whole line unusable.</summary>
internal sealed class AuthorizedKeyOptionsParser
{
    private readonly List<KeyValuePair<string, string>> _environment = [];
    private readonly List<ForwardTarget> _permitOpen = [];
    private readonly List<ForwardTarget> _permitListen = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private AuthorizedKeyOptions _options;

    private AuthorizedKeyOptionsParser(string text) => _options = new AuthorizedKeyOptions { Text = text };

    /// <summary>The options, or null and what is wrong with them.</summary>
    public static AuthorizedKeyOptions? Parse(ReadOnlySpan<byte> list, out string? problem)
    {
        problem = null;
        if (list.IsEmpty) return AuthorizedKeyOptions.None;
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(list);
        }
        catch (DecoderFallbackException)
        {
            problem = "the options are not valid UTF-8";
            return null;
        }

        var parser = new AuthorizedKeyOptionsParser(text);
        problem = parser.ReadAll(text);
        return problem is null
            ? parser._options with { Environment = parser._environment, PermitOpen = parser._permitOpen, PermitListen = parser._permitListen }
            : null;
    }

    private string? ReadAll(string text)
    {
        int at = 0;
        while (true)
        {
            int start = at;
            while (at < text.Length && text[at] is not (',' or '=')) at++;
            string name = text[start..at].ToLowerInvariant();
            string? value = null;
            if (at < text.Length && text[at] == '=')
            {
                value = ReadQuoted(text, ref at);
                if (value is null) return $"option {Shown(name)} lacks a value in double quotes";
            }

            if (Apply(name, value) is { } problem) return problem;
            if (at == text.Length) return null;
            if (text[at] != ',') return $"unexpected text after option {Shown(name)}";
            at++;
        }
    }

    /// <summary>Reads <c>="…"</c>, in which only <c>\"</c> is an escape.</summary>
    private static string? ReadQuoted(string text, ref int at)
    {
        at++;
        if (at == text.Length || text[at] != '"') return null;
        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }

            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] == '"') at++;
            value.Append(text[at]);
        }

        return null;
    }

    private string? Apply(string name, string? value)
    {
        if (value is null)
        {
            bool known = ApplyFlag(name);
            return known ? null : $"option {Shown(name)} is not known or lacks its value";
        }

        bool once = name is "command" or "from" or "principals" or "tunnel";
        if (once && !_seen.Add(name)) return $"option {name} stands twice";
        return ApplyValue(name, value);
    }

    private bool ApplyFlag(string name)
    {
        AuthorizedKeyOptions o = _options;
        AuthorizedKeyOptions? changed = name switch
        {
            "restrict" => o with
            {
                Restrict = true,
                PermitPty = false,
                PermitAgentForwarding = false,
                PermitPortForwarding = false,
                PermitX11Forwarding = false,
                PermitUserRc = false,
            },
            "cert-authority" => o with { CertAuthority = true },
            "pty" => o with { PermitPty = true },
            "no-pty" => o with { PermitPty = false },
            "agent-forwarding" => o with { PermitAgentForwarding = true },
            "no-agent-forwarding" => o with { PermitAgentForwarding = false },
            "port-forwarding" => o with { PermitPortForwarding = true },
            "no-port-forwarding" => o with { PermitPortForwarding = false },
            "x11-forwarding" => o with { PermitX11Forwarding = true },
            "no-x11-forwarding" => o with { PermitX11Forwarding = false },
            "user-rc" => o with { PermitUserRc = true },
            "no-user-rc" => o with { PermitUserRc = false },
            "touch-required" => o with { NoTouchRequired = false },
            "no-touch-required" => o with { NoTouchRequired = true },
            "verify-required" => o with { VerifyRequired = true },
            "no-verify-required" => o with { VerifyRequired = false },
            _ => null,
        };
        if (changed is null) return false;
        _options = changed;
        return true;
    }

    private string? ApplyValue(string name, string value)
    {
        switch (name)
        {
            case "command":
                _options = _options with { Command = value };
                return null;
            case "from":
                _options = _options with { From = SourceList.TryParse(value) };
                return _options.From is null ? "option from is not a list of patterns" : null;
            case "principals":
                _options = _options with { Principals = value.Split(',') };
                return value.Length == 0 ? "option principals is empty" : null;
            case "environment":
                return AddEnvironment(value);
            case "expiry-time":
                if (ParseTime(value) is not { } time) return "option expiry-time is not a time (YYYYMMDD[HHMM[SS]][Z])";
                _options = _options with { ExpiryTime = _options.ExpiryTime is { } earlier && earlier < time ? earlier : time };
                return null;
            case "permitopen":
                return AddTarget(_permitOpen, value, hostRequired: true) ? null : "option permitopen is not host:port";
            case "permitlisten":
                return AddTarget(_permitListen, value, hostRequired: false) ? null : "option permitlisten is not [host:]port";
            case "tunnel":
                bool valid = TryParseTunnel(value, out int device);
                _options = _options with { Tunnel = device };
                return valid ? null : "option tunnel is not a device number";
            default:
                return $"option {Shown(name)} is not known";
        }
    }

    private string? AddEnvironment(string value)
    {
        int equals = value.IndexOf('=');
        if (equals <= 0) return "option environment is not NAME=value";
        string name = value[..equals];
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return "option environment has an invalid name";
        }

        // The first of several lines with one name wins, as in sshd.
        if (_seen.Add("environment " + name)) _environment.Add(new KeyValuePair<string, string>(name, value[(equals + 1)..]));
        return null;
    }

    private static bool AddTarget(List<ForwardTarget> targets, string value, bool hostRequired)
    {
        int colon = value.LastIndexOf(':');
        if (colon < 0 && hostRequired) return false;
        string host = colon < 0 ? "" : value[..colon];
        string port = value[(colon + 1)..];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':')) return false;
        if (hostRequired && host.Length == 0) return false;
        int number = ForwardTarget.AnyPort;
        if (port != "*" && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number is < 1 or > 65535)) return false;
        targets.Add(new ForwardTarget(host, number));
        return true;
    }

    private static bool TryParseTunnel(string value, out int device)
    {
        device = AuthorizedKeyOptions.AnyTunnelDevice;
        return value == "any" || int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out device);
    }

    /// <summary>Local time, or UTC with a Z behind it.</summary>
    private static DateTimeOffset? ParseTime(string value)
    {
        bool utc = value.EndsWith('Z') || value.EndsWith('z');
        string digits = utc ? value[..^1] : value;
        string? format = digits.Length switch { 8 => "yyyyMMdd", 12 => "yyyyMMddHHmm", 14 => "yyyyMMddHHmmss", _ => null };
        if (format is null || !DateTime.TryParseExact(digits, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)) return null;
        return utc ? new DateTimeOffset(time, TimeSpan.Zero) : new DateTimeOffset(time, TimeZoneInfo.Local.GetUtcOffset(time));
    }

    private static string Shown(string name) => name.Length <= 40 && !name.AsSpan().ContainsAnyExceptInRange('!', '~') ? name : "(unprintable)";
}
