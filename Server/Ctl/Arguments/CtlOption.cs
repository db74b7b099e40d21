namespace SshGateway.Server.Ctl.Arguments;

/// <param name="Name">Without its dashes.</param>
/// <param name="Value">What stands after it, in usage texts; null for a flag.</param>
/// <param name="Description">One line.</param>
internal sealed record CtlOption(string Name, string? Value, string Description)
{
    public static readonly CtlOption Configuration = new("c", "FILE", "configuration file (default " + DefaultConfiguration + ")");
    public static readonly CtlOption Help = new("help", null, "say how the command is used");
    public static readonly CtlOption All = new("all", null, "one by one; with host: every known host");
    public static readonly CtlOption Csv = new("csv", null, "print CSV");
    public static readonly CtlOption Json = new("json", null, "print JSON");
    public static readonly CtlOption User = new("user", "USER", "of this user");
    public static readonly CtlOption Groups = new("groups", "GROUP,…", "with these groups in place of the user's own");
    public static readonly CtlOption Source = new("source", "HOST[:PORT]", "at this address of the gateway");
    public static readonly CtlOption Service = new("service", "SERVICE", "of this service");
    public static readonly CtlOption Host = new("host", "NODESET", "these hosts");
    public static readonly CtlOption Port = new("port", "NODESET", "these ports (default: every port known, else 22)");
    public static readonly CtlOption Expire = new("expire", "DATE", "until then: 'YYYY-MM-DD[ HH:MM[:SS]]'");
    public static readonly CtlOption Drain = new("drain", "DURATION", "close what is left on the hosts after that time, as 2h or 30m");
    public static readonly CtlOption Message = new("message", "TEXT", "tell it to those who are connected");
    public static readonly CtlOption Since = new("since", "TIME", "from then on: a date, or a duration such as 2h");
    public static readonly CtlOption Limit = new("limit", "N", "at most so many");
    public static readonly CtlOption Kind = new("kind", "KIND", "of this kind: login, refusal, end, host, ctl, recording, gateway");
    public static readonly CtlOption Grep = new("grep", "TEXT", "in which this text was shown or typed");
    public static readonly CtlOption Interval = new("interval", "DURATION", "draw it that often (default 1s)");
    public static readonly CtlOption Count = new("count", "N", "end after so many times");

    public static readonly CtlOption Session = new("session", "ID", "what that session of this gateway shows, as it is shown");

    public const string DefaultConfiguration = "/etc/sshgateway/sshgateway.yaml";

    private static readonly CtlOption[] Known =
    [
        Configuration, Help, All, Csv, Json, User, Groups, Source, Service, Host, Port, Expire, Drain, Message, Since, Limit, Kind, Grep, Interval, Count,
        Session,
    ];

    /// <summary>The option of that name, or null.</summary>
    public static CtlOption? Find(string name) => name switch
    {
        "config" => Configuration,
        "h" => Help,
        _ => Array.Find(Known, option => option.Name == name),
    };

    public override string ToString() => Value is null ? $"-{Name}" : $"-{Name} {Value}";
}
