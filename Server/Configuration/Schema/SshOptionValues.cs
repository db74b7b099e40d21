using System.Globalization;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The <c>-o Key=Value</c> options that have a meaning here.</summary>
internal static class SshOptionValues
{
    private delegate SshArguments? Setter(SshArguments arguments, string value);

    private static readonly Dictionary<string, Setter> Options = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ForwardAgent"] = (a, v) => a with { ForwardAgent = Flag(v) != false },
        ["ForwardX11"] = (a, v) => Flag(v) is { } flag ? a with { ForwardX11 = flag } : null,
        ["RequestTTY"] = RequestTty,
        ["User"] = (a, v) => v.Length > 0 ? a with { User = User(v) } : null,
        ["Port"] = (a, v) => TryPort(v, out int port) ? a with { Port = port } : null,
        ["IdentityFile"] = (a, v) => v.Length > 0 ? a with { IdentityFiles = [.. a.IdentityFiles, Path(v)] } : null,
        ["UserKnownHostsFile"] = KnownHosts,
        ["GlobalKnownHostsFile"] = KnownHosts,
        ["StrictHostKeyChecking"] = HostKeyChecking,
        ["ConnectTimeout"] = (a, v) => TryNumber(v, 1, 86400, out int n) ? a with { ConnectTimeout = TimeSpan.FromSeconds(n) } : null,
        ["ServerAliveInterval"] = (a, v) => TryNumber(v, 0, 86400, out int n) ? a with { KeepaliveInterval = TimeSpan.FromSeconds(n) } : null,
        ["ServerAliveCountMax"] = (a, v) => TryNumber(v, 1, 1000, out int n) ? a with { KeepaliveCount = n } : null,
        ["ClearAllForwardings"] = (a, v) => Flag(v) is { } flag ? a with { ClearAllForwardings = flag } : null,
        ["SetEnv"] = SetEnv,
        ["LogLevel"] = LogLevel,
        ["ForwardX11Trusted"] = Nothing,
        ["SendEnv"] = Nothing,
        ["PermitLocalCommand"] = (a, v) => Flag(v) == false ? a : null,
        ["Protocol"] = (a, v) => v == "2" ? a : null,
        ["BatchMode"] = Nothing,
        ["TCPKeepAlive"] = Nothing,
        ["IdentitiesOnly"] = Nothing,
        ["Compression"] = (a, v) => Flag(v) == false ? a : null,
    };

    /// <summary>The names, for the documentation.</summary>
    public static IReadOnlyCollection<string> Names => Options.Keys;

    public static bool IsKnown(string key) => Options.ContainsKey(key);

    /// <summary>Null when the value is not understood.</summary>
    public static SshArguments? Apply(SshArguments arguments, string key, string value) => Options[key](arguments, value);

    public static bool TryPort(string text, out int port) => TryNumber(text, 1, 65535, out port);

    /// <summary>A path in which ~ and the tokens of ssh have become patterns of ours.</summary>
    public static string Path(string text) =>
        User(text.StartsWith("~/", StringComparison.Ordinal) ? string.Concat("{home}", text.AsSpan(1)) : text).Replace("%d", "{home}", StringComparison.Ordinal);

    public static string User(string text) =>
        text.Replace("%r", "{user}", StringComparison.Ordinal).Replace("%u", "{user}", StringComparison.Ordinal).Replace("%h", "{host}", StringComparison.Ordinal);

    // What the gateway does anyway, or what only concerns the client program.
    private static SshArguments Nothing(SshArguments arguments, string value) => arguments;

    private static SshArguments? RequestTty(SshArguments arguments, string value) => value.ToLowerInvariant() switch
    {
        "no" => arguments with { RequestTty = false, ForceTty = false },
        "yes" => arguments with { RequestTty = true, ForceTty = false },
        "force" => arguments with { RequestTty = true, ForceTty = true },
        "auto" => arguments with { RequestTty = null, ForceTty = false },
        _ => null,
    };

    private static SshArguments? KnownHosts(SshArguments arguments, string value)
    {
        string[] files = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return files.Length == 0 ? null : arguments with { KnownHosts = [.. arguments.KnownHosts, .. files.Where(f => f != "none").Select(Path)] };
    }

    private static SshArguments? HostKeyChecking(SshArguments arguments, string value) => value.ToLowerInvariant() switch
    {
        // There is nobody to ask.
        "yes" or "ask" => arguments with { HostKeyCheck = HostKeyCheck.Strict },
        "accept-new" => arguments with { HostKeyCheck = HostKeyCheck.AcceptNew },
        "no" or "off" => arguments with { HostKeyCheck = HostKeyCheck.Off },
        _ => null,
    };

    private static SshArguments? SetEnv(SshArguments arguments, string value)
    {
        List<KeyValuePair<string, string>> variables = [.. arguments.SetEnv];
        foreach (string pair in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) return null;
            variables.Add(KeyValuePair.Create(pair[..equals], pair[(equals + 1)..].Trim('"')));
        }

        return arguments with { SetEnv = variables };
    }

    private static SshArguments? LogLevel(SshArguments arguments, string value) => value.ToUpperInvariant() switch
    {
        "QUIET" or "FATAL" or "ERROR" => arguments with { Quiet = true },
        "INFO" => arguments,
        "VERBOSE" or "DEBUG" or "DEBUG1" => arguments with { Verbose = 1 },
        "DEBUG2" => arguments with { Verbose = 2 },
        "DEBUG3" => arguments with { Verbose = 3 },
        _ => null,
    };

    private static bool? Flag(string value) => value.ToLowerInvariant() switch
    {
        "yes" or "true" => true,
        "no" or "false" => false,
        _ => null,
    };

    private static bool TryNumber(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;
}
