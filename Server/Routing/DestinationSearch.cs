using System.Diagnostics.CodeAnalysis;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>
/// The way of one login to its host. The store decides, in one transaction with the registration; hosts are dialled ahead on its proposal,
/// and further ones beside a host that does not answer at once. Which host is used is always what the store has chosen or is told.
/// </summary>
/// <param name="store">Decides.</param>
/// <param name="template">The login; what failed is added to its excluded hosts.</param>
/// <param name="race">The dials of this login.</param>
/// <param name="loyalty">What the host that the user is bound to gets to answer, before he is taken to another one that is ready.</param>
/// <param name="time">Time.</param>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing.")]
internal sealed class DestinationSearch(IStateStore store, LoginRequest template, DialRace race, TimeSpan loyalty, TimeProvider time)
{
    /// <summary>What a host gets to answer before the next one is dialled too.</summary>
    public static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <summary>After this no further host is dialled: somebody is waiting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Dials of one login that are under way at a time.</summary>
    private const int MostAtOnce = 8;

    /// <summary>
    /// A user at his limit may just have left, and the gateway that he left be about to say so: he is refused only if that does not
    /// come while he waits.
    /// </summary>
    private const int LimitChecks = 4;

    private static readonly TimeSpan LimitPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Failures that a user is told of.</summary>
    private const int MostTold = 4;

    private readonly HashSet<string> _passedOver = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _verified = new();
    private readonly long _startedAt = time.GetTimestamp();
    private Task _ahead = Task.CompletedTask;

    /// <summary>The connection counts in the store, there, until somebody ends it; empty: it does not.</summary>
    public string RegisteredHost { get; private set; } = "";

    /// <summary>Why the host was chosen.</summary>
    public ChoiceReason Choice { get; private set; }

    /// <summary>Dials what the store would choose, while the user still proves who he is.</summary>
    public void DialAhead() => _ahead = Task.Run(DialAheadAsync);

    /// <summary>The user is verified: registers the connection, and finds its host.</summary>
    /// <exception cref="LoginRefusedException">The limit is reached, or nothing may be done without the store.</exception>
    /// <exception cref="DestinationException">No host can be had.</exception>
    public async Task<Dial> FindAsync()
    {
        await StopDialingAheadAsync().ConfigureAwait(false);
        LoginDecision decision = await BeginAsync().ConfigureAwait(false);
        for (int again = 0; again < LimitChecks && decision.Outcome == LoginOutcome.LimitReached; again++)
        {
            await Task.Delay(LimitPause, time).ConfigureAwait(false);
            decision = await BeginAsync().ConfigureAwait(false);
        }

        if (decision.Outcome == LoginOutcome.LimitReached)
            throw new LoginRefusedException(
                $"too many connections: user {PeerText.Escape(template.Connection.User)} has {decision.UserConnections} already, {template.MaxConnectionsPerUser} are allowed");
        while (decision.Outcome == LoginOutcome.Chosen)
        {
            RegisteredHost = decision.Host;
            Choice = decision.Choice;
            Dial dial = race.GetOrStart(Endpoint(decision.Host));
            Dial? winner = await WaitAsync(dial, decision).ConfigureAwait(false);
            if (winner == dial) return dial;
            _passedOver.Add(decision.Host);
            if (winner is null && time.GetElapsedTime(_startedAt) > Patience) break;
            decision = await ChooseAgainAsync().ConfigureAwait(false);
            RegisteredHost = decision.Host;
            if (winner is not null && (decision.Outcome != LoginOutcome.Chosen || decision.Host == winner.Host)) return winner;
        }

        return await WaitForStragglersAsync().ConfigureAwait(false) ?? throw Failure();
    }

    public async ValueTask StopDialingAheadAsync()
    {
        await _verified.CancelAsync().ConfigureAwait(false);
        await _ahead.ConfigureAwait(false);
    }

    private async Task DialAheadAsync()
    {
        try
        {
            LoginDecision proposal = await store.ProposeAsync(template, _verified.Token).ConfigureAwait(false);
            for (int i = 0; i < MostAtOnce && proposal.Outcome == LoginOutcome.Chosen && proposal.Order.Count > 0; i++)
            {
                if (await WaitAsync(race.GetOrStart(Endpoint(proposal.Host)), proposal, _verified.Token).ConfigureAwait(false) is not null) return;
                proposal = proposal with { Order = [.. proposal.Order.Skip(1)], Choice = ChoiceReason.Ranked };
            }
        }
        catch (Exception e) when (e is StateStoreException or OperationCanceledException)
        {
            // The decision follows, and says so if it cannot be had.
        }
    }

    private async Task<LoginDecision> BeginAsync()
    {
        try
        {
            return await store.BeginConnectionAsync(Request(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateStoreException e)
        {
            throw new LoginRefusedException("the state store cannot be reached, and without it nobody is let in; try again later", e);
        }
    }

    private async Task<LoginDecision> ChooseAgainAsync()
    {
        try
        {
            return await store.ChooseAgainAsync(Request(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateStoreException)
        {
            // It went away in the middle of a login that it had agreed to: the pool is gone through without it.
            string[] left = [.. template.Candidates.Where(host => !_passedOver.Contains(host) && race.Find(host) is not { HasFailed: true })];
            return new LoginDecision(left.Length > 0 ? LoginOutcome.Chosen : LoginOutcome.NoHost, left, ChoiceReason.Ranked, 0);
        }
    }

    private LoginRequest Request() => template with
    {
        Excluded = new HashSet<string>([.. _passedOver, .. race.Failures.Select(dial => dial.Host)], StringComparer.Ordinal),
    };

    /// <summary>
    /// Waits for the chosen host. Further hosts of the order are dialled beside it: each time nothing has answered for
    /// <see cref="HeadStart"/>, and at once when one of those has failed.
    /// </summary>
    /// <returns>
    /// The dial itself; another one that was ready first, when the chosen host has had its time; null
    /// when the chosen host has failed.
    /// </returns>
    private async Task<Dial?> WaitAsync(Dial dial, LoginDecision decision, CancellationToken cancellationToken = default)
    {
        int next = 1;
        long latestAt = dial.StartedAt;
        while (true)
        {
            if (dial.HasSucceeded) return dial;
            if (dial.HasFailed) return null;
            TimeSpan due = decision.Choice == ChoiceReason.Ranked ? HeadStart : loyalty;
            if (time.GetElapsedTime(dial.StartedAt) >= due && Ready(decision) is { } other) return other;
            if (time.GetElapsedTime(latestAt) >= HeadStart || (next > 1 && next <= decision.Order.Count && race.Find(decision.Order[next - 1]) is { HasFailed: true }))
            {
                latestAt = time.GetTimestamp();
                if (NextToDial(decision, ref next) is { } host) race.GetOrStart(host);
            }

            TimeSpan rest = HeadStart - time.GetElapsedTime(latestAt);
            await race.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private HostEndpoint? NextToDial(LoginDecision decision, ref int next)
    {
        if (time.GetElapsedTime(_startedAt) > Patience) return null;
        // Beside a host that should answer, none is dialled that is known not to.
        bool isLastResort = race.IsBelievedDown(decision.Host);
        while (next < decision.Order.Count && (race.Find(decision.Order[next]) is not null || (!isLastResort && race.IsBelievedDown(decision.Order[next])))) next++;
        if (next >= decision.Order.Count || race.Pending.Count() >= MostAtOnce) return null;
        return Endpoint(decision.Order[next++]);
    }

    private Dial? Ready(LoginDecision decision)
    {
        Dial? best = null;
        foreach (Dial dial in race.Dials)
        {
            if (dial.HasSucceeded && decision.Order.Contains(dial.Host) && (best is null || dial.Number < best.Number)) best = dial;
        }

        return best;
    }

    /// <summary>No host is left but those that were passed over for being slow.</summary>
    private async Task<Dial?> WaitForStragglersAsync()
    {
        while (true)
        {
            if (race.Dials.FirstOrDefault(dial => dial.HasSucceeded) is { } late) return late;
            if (!race.Pending.Any()) return null;
            await race.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private DestinationException Failure()
    {
        IReadOnlyList<Dial> failures = race.Failures;
        if (failures.Count == 0)
            return new DestinationException(FailureKind.Unreachable, template.Candidates.Count == 0 ? "no destination is configured" : "no destination is in service");
        // A host key that is not the known one concerns the user: it comes first.
        string[] messages = [.. failures.OrderBy(dial => dial.Failure!.Kind == FailureKind.HostKey ? 0 : 1).Select(dial => dial.Failure!.Message)];
        string more = messages.Length > MostTold ? $"; and {messages.Length - MostTold} more" : "";
        bool isHostKey = failures.Any(dial => dial.Failure!.Kind == FailureKind.HostKey);
        return new DestinationException(isHostKey ? FailureKind.HostKey : FailureKind.Unreachable, string.Join("; ", messages.Take(MostTold)) + more);
    }

    private static HostEndpoint Endpoint(string host) =>
        HostEndpoint.TryParse(host, HostEndpoint.DefaultPort, out HostEndpoint endpoint) ? endpoint : throw new InvalidOperationException($"the store chose '{host}'");
}
