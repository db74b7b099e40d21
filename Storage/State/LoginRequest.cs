namespace SshGateway.Storage.State;

/// <summary>Puts candidates into the order in which they are to be tried, best first. Called inside the store's transaction: quick, pure.</summary>
public delegate IReadOnlyList<Candidate> CandidateRanking(IReadOnlyList<Candidate> candidates);

/// <summary>A host of the pool as the store sees it at the moment of the choice.</summary>
/// <param name="Host"><c>host:port</c>.</param>
/// <param name="Position">Place in the pool.</param>
/// <param name="State">Its state; null when it was never seen.</param>
/// <param name="CheckedAt">When that was found out.</param>
/// <param name="UserConnections">Live connections of this user there, over all services.</param>
/// <param name="Connections">Live connections of everybody there.</param>
/// <param name="UserBandwidth">Bytes per second of this user there, both directions.</param>
/// <param name="Bandwidth">Bytes per second of everybody there, both directions.</param>
public sealed record Candidate(
    string Host, int Position, HostState? State, DateTimeOffset CheckedAt, int UserConnections, int Connections, long UserBandwidth, long Bandwidth);

public sealed record LoginRequest
{
    /// <summary>The connection, without its host yet.</summary>
    public required ConnectionRecord Connection { get; init; }

    /// <summary>The pool, in the order of the configuration.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>Hosts that failed for this very login.</summary>
    public IReadOnlySet<string> Excluded { get; init; } = new HashSet<string>();

    /// <summary>
    /// The user's connections to the service stay together: a live one's host, else that of one ended within keyttl, else the persisted
    /// choice. Only hosts of the pool that are neither excluded, disabled nor known to be down are taken for that.
    /// </summary>
    public required bool IsSticky { get; init; }

    /// <summary>Live connections that the user may have, this one included; 0 is no limit.</summary>
    public int MaxConnectionsPerUser { get; init; }

    /// <summary>The choice is kept as the persisted one for so long from now (and again from the connection's end); zero: it is not.</summary>
    public TimeSpan Persist { get; init; }

    /// <summary>Without the store no login (<c>state.mandatory</c>, which an override may set): nothing else answers in its place.</summary>
    public bool IsMandatory { get; init; }

    /// <summary>Whether <see cref="Rank"/> looks at bandwidths; when not they are not looked up and are 0.</summary>
    public bool NeedsBandwidth { get; init; } = true;

    /// <summary>A down state older than this is not believed any more.</summary>
    public TimeSpan DownFor { get; init; }

    /// <summary>
    /// Order of the others. It gets every candidate that is neither excluded nor disabled, those believed to be down included; the store
    /// moves these to the end.
    /// </summary>
    public required CandidateRanking Rank { get; init; }
}

public enum LoginOutcome
{
    /// <summary>A host was chosen (and the connection registered with it).</summary>
    Chosen,

    /// <summary>The user has as many live connections as he may.</summary>
    LimitReached,

    /// <summary>Every host of the pool is excluded or disabled.</summary>
    NoHost,
}

/// <param name="Outcome">What came out.</param>
/// <param name="Order">Hosts to try, best first; the first is the chosen one.</param>
/// <param name="Choice">Why the first is first.</param>
/// <param name="UserConnections">Live connections of the user before this one.</param>
public sealed record LoginDecision(LoginOutcome Outcome, IReadOnlyList<string> Order, ChoiceReason Choice, int UserConnections)
{
    /// <summary>The chosen host; empty when there is none.</summary>
    public string Host => Order.Count > 0 ? Order[0] : "";
}

public enum ChoiceReason
{
    Ranked,
    StickyToLive,
    StickyToRecent,
    StickyToPersisted,
}
