using System.Text;
using Npgsql;

namespace SshGateway.Storage.State.Postgres;

/// <summary>Connection strings as people write them: a URI, libpq's words, or Npgsql's own form.</summary>
internal static class PostgresConnectionString
{
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["host"] = "Host",
        ["hostaddr"] = "Host",
        ["port"] = "Port",
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["password"] = "Password",
        ["passfile"] = "Passfile",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["options"] = "Options",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    public static bool IsUri(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">It is none of the three; the message has no secret.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        NpgsqlConnectionStringBuilder? settings = TryParse(text, out string problem);
        return settings ?? throw new FormatException("the PostgreSQL connection string is not understood: " + problem);
    }

    /// <summary>Where it is, without user and password.</summary>
    public static string NameOf(NpgsqlConnectionStringBuilder settings) => $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}";

    public static NpgsqlDataSource DataSource(NpgsqlConnectionStringBuilder settings)
    {
        NpgsqlConnectionStringBuilder pooled = WithDefaults(settings);
        if (!IsSet(settings, "Maximum Pool Size")) pooled.MaxPoolSize = 20;
        if (!IsSet(settings, "Max Auto Prepare"))
        {
            pooled.MaxAutoPrepare = 100;
            pooled.AutoPrepareMinUsages = 2;
        }
        return Build(pooled);
    }

    /// <summary>A connection that is never given back, and notices when the server is gone.</summary>
    public static NpgsqlDataSource ListenSource(NpgsqlConnectionStringBuilder settings)
    {
        NpgsqlConnectionStringBuilder own = WithDefaults(settings);
        own.Pooling = false;
        own.KeepAlive = 10;
        return Build(own);
    }

    private static NpgsqlConnectionStringBuilder WithDefaults(NpgsqlConnectionStringBuilder settings)
    {
        var result = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        if (!IsSet(settings, "Application Name")) result.ApplicationName = "sshgateway";
        if (!IsSet(settings, "Timeout")) result.Timeout = 5;
        if (!IsSet(settings, "Command Timeout")) result.CommandTimeout = 15;
        if (!IsSet(settings, "Cancellation Timeout")) result.CancellationTimeout = 500;
        return result;
    }

    private static bool IsSet(NpgsqlConnectionStringBuilder settings, string key) => settings.ContainsKey(key) && settings.ShouldSerialize(key);

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        return builder.Build();
    }

    /// <summary>An exception from below may quote a value, which may be the password: it goes no further.</summary>
    private static NpgsqlConnectionStringBuilder? TryParse(string text, out string problem)
    {
        problem = "";
        try
        {
            if (IsUri(text)) return FromUri(text);
            return text.Contains(';', StringComparison.Ordinal) ? new NpgsqlConnectionStringBuilder(text) : FromPairs(Words(text));
        }
        catch (KeyNotFoundException e)
        {
            problem = e.Message;
        }
        catch (Exception e) when (e is ArgumentException or UriFormatException or InvalidCastException)
        {
            problem = "a key or value is wrong";
        }
        return null;
    }

    private static NpgsqlConnectionStringBuilder FromUri(string text)
    {
        // System.Uri knows one host only; libpq's lists are "a:1,b:2".
        string rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        (rest, string query) = Cut(rest, '?');
        (string authority, string path) = Cut(rest, '/');
        int at = authority.LastIndexOf('@');
        (string user, string password) = at < 0 ? ("", "") : Cut(authority[..at], ':');
        List<KeyValuePair<string, string>> pairs = [];
        void Add(string key, string value)
        {
            if (value.Length > 0) pairs.Add(KeyValuePair.Create(key, Uri.UnescapeDataString(value)));
        }
        Add("user", user);
        Add("password", password);
        Add("host", authority[(at + 1)..]);
        Add("dbname", path);
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            (string key, string value) = Cut(pair, '=');
            Add(key, value);
        }
        return FromPairs(pairs);
    }

    private static NpgsqlConnectionStringBuilder FromPairs(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var settings = new NpgsqlConnectionStringBuilder();
        foreach ((string key, string value) in pairs)
        {
            string name = LibpqNames.GetValueOrDefault(key) ?? key;
            if (!settings.ContainsKey(name)) throw new KeyNotFoundException($"it has the unknown key {StoredText.OneLine(key)}");
            settings[name] = name switch
            {
                "SSL Mode" => value.Replace("-", "", StringComparison.Ordinal),
                "Host" when !value.StartsWith('/') && !value.Contains(',', StringComparison.Ordinal) && Port(value) is ({ } host, { } port) => SetPort(settings, host, port),
                _ => value,
            };
        }
        return settings;
    }

    private static string SetPort(NpgsqlConnectionStringBuilder settings, string host, int port)
    {
        settings.Port = port;
        return host;
    }

    private static (string? Host, int? Port) Port(string authority)
    {
        int colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.EndsWith(']')) return (authority.Trim('[', ']'), 5432);
        if (authority.IndexOf(':', StringComparison.Ordinal) != colon && !authority.StartsWith('[')) return (authority, 5432);
        return (authority[..colon].Trim('[', ']'), int.TryParse(authority.AsSpan(colon + 1), out int port) ? port : throw new UriFormatException());
    }

    private static (string Before, string After) Cut(string text, char at)
    {
        int position = text.IndexOf(at, StringComparison.Ordinal);
        return position < 0 ? (text, "") : (text[..position], text[(position + 1)..]);
    }

    /// <summary>libpq: key = 'value with \' and \\' …</summary>
    private static IEnumerable<KeyValuePair<string, string>> Words(string text)
    {
        int i = 0;
        while (true)
        {
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            if (i == text.Length) yield break;
            int equals = text.IndexOf('=', i);
            if (equals < 0) throw new UriFormatException();
            string key = text[i..equals].Trim();
            i = equals + 1;
            while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
            var value = new StringBuilder();
            bool isQuoted = i < text.Length && text[i] == '\'';
            if (isQuoted) i++;
            while (i < text.Length && (isQuoted ? text[i] != '\'' : !char.IsWhiteSpace(text[i])))
            {
                if (text[i] == '\\' && i + 1 < text.Length) i++;
                value.Append(text[i++]);
            }
            if (isQuoted) i++;
            yield return KeyValuePair.Create(key, value.ToString());
        }
    }
}
