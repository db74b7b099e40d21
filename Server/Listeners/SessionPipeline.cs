using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Hooks;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Commands;
using SshGateway.Server.Relay.Held;
using SshGateway.Server.Relay.Taps;
using SshGateway.Server.Routing;
using SshGateway.Server.State;

namespace SshGateway.Server.Listeners;

/// <summary>
/// What happens to one client connection: key exchange → authentication → route → destination → relay. The destination is
/// ready before the client learns that it is logged in.
/// </summary>
internal sealed class SessionPipeline(GatewayServices services, GatewaySession session, Action authenticated)
{
    private readonly SessionLogger _log = session.Log;
    private readonly SshTransport _client = session.Client;
    private readonly SessionEvents _events = new(services.State, session, services.Time);

    /// <summary>Runs the session to its end. Throws nothing: this is the barrier that keeps one user's errors from the others.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ServeAsync().ConfigureAwait(false);
        }
        catch (SshProtocolException e)
        {
            LogNotAuthenticated(e);
            await _client.DisconnectAsync(e.Reason, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            LogNotAuthenticated(e);
            await _client.DisconnectAsync(DisconnectReason.ByApplication, "login grace time exceeded").ConfigureAwait(false);
        }
        catch (SshConnectionClosedException e)
        {
            LogNotAuthenticated(e);
        }
        catch (Exception e)
        {
            _log.InternalError(e, session.Id);
            await _client.DisconnectAsync(DisconnectReason.ByApplication, "internal error").ConfigureAwait(false);
        }
        finally
        {
            await _client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ServeAsync()
    {
        _log.Connected(session.Id, session.Source, session.Local);
        using var grace = new CancellationTokenSource(services.Configuration.Limits.LoginGrace, services.Time);
        await _client.HandshakeAsync(grace.Token).ConfigureAwait(false);
        SessionMetrics.HandshakeEnded(Side.Client, services.Time.GetElapsedTime(session.StartedAt));
        var plan = new DestinationPlan(services, session);
        var context = new LoginContext
        {
            Auth = services.Configuration.Auth,
            KeyFiles = services.KeyFiles,
            Helper = services.Helper,
            SessionId = session.Id,
            Source = session.Source,
            Local = session.Local,
            Refusals = services.Refusals,
            Logger = _log,
            Time = services.Time,
        };
        var login = new UserLogin(services, context, _client, plan.Begin, (server, line) => _events.Attempted(server.User ?? "", line));
        try
        {
            AuthenticatedUser user = await AuthenticateAsync(login, grace.Token).ConfigureAwait(false);
            authenticated();
            SessionMetrics.Accepted(user.Method);
            LogAccepted(user);
            await ConnectAndRelayAsync(login, plan, user).ConfigureAwait(false);
        }
        finally
        {
            await plan.DisposeAsync().ConfigureAwait(false);
            await login.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<AuthenticatedUser> AuthenticateAsync(UserLogin login, CancellationToken grace)
    {
        try
        {
            return await login.RunAsync(grace).ConfigureAwait(false);
        }
        finally
        {
            session.User = login.Server.User ?? "";
            session.FailedAttempts = login.Server.Failures;
        }
    }

    private async Task ConnectAndRelayAsync(UserLogin login, DestinationPlan plan, AuthenticatedUser user)
    {
        long accepted = services.Time.GetTimestamp();
        AuthorizedKeyOptions? restrictions = login.RestrictionsOf(user);
        using var held = new HeldClient(_client, login.Server.Accept, services.Configuration.Limits.LoginGrace);
        await plan.PrepareAsync(user).ConfigureAwait(false);
        FollowLog(plan, user);
        await using SessionTickets tickets = await SessionTickets.StoreAsync(services, session, plan, login).ConfigureAwait(false);
        HookContext hooks = HookContextOf(plan, user.Name, tickets.Path);
        BlockingResult blocking = await SessionCommands.RunBlockingAsync(services, session, hooks).ConfigureAwait(false);
        if (blocking.Status != 0)
        {
            login.Password?.Dispose();
            SessionMetrics.Refused(plan.Route.Service, "blocking_command");
            held.Accept();
            await new RefusedConnection(_client, "blocking_command", blocking.Output, (uint)blocking.Status).RunAsync().ConfigureAwait(false);
            return;
        }

        ReadyDestination destination;
        try
        {
            destination = await plan.CompleteAsync(user, new DestinationLogin(user.Name, restrictions)
            {
                Password = login.Password,
                Tickets = login.Tickets,
                Agent = restrictions is { PermitAgentForwarding: false } ? null : held.OpenAgentAsync,
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DestinationException or LoginRefusedException)
        {
            login.Password?.Dispose();
            await held.CloseAgentAsync().ConfigureAwait(false);
            held.ThrowIfBroken();
            _log.NoDestination(session.Id, PeerText.Escape(user.Name), e.Message);
            _events.Refused(user, e.Message);
            SessionMetrics.Refused(plan.Route.Service, "no_destination");
            held.Accept();
            string text = RefusalText.For(e, plan, services.State.ErrorBanner) + (held.HasNoAgent ? "\nIt may want your agent: try ssh -A." : "");
            await new RefusedConnection(_client, text, blocking.Output) { Held = held }.RunAsync().ConfigureAwait(false);
            return;
        }

        login.Password?.Dispose();
        await using SshTransport transport = destination.Transport;
        held.Accept();
        await held.CloseAgentAsync().ConfigureAwait(false);
        held.ThrowIfBroken();
        HeldOpening? opening = held.Session is { } waiting ? await HeldOpening.RunAsync(waiting, transport).ConfigureAwait(false) : null;
        if (opening is { Opened: null })
        {
            SessionMetrics.Refused(plan.Route.Service, "no_destination");
            _log.HeldSessionRefused(session.Id, destination.Host.ToString(), opening.Refusal);
            await RefuseAsync($"{destination.Host} opens no session: {opening.Refusal}", blocking.Output, held).ConfigureAwait(false);
            return;
        }

        IRelayTap? tap;
        try
        {
            tap = await RelayTaps.OpenAsync(services.TapSources, TapContextOf(plan, user.Name, destination.Host)).ConfigureAwait(false);
        }
        catch (TapRefusedException e)
        {
            _log.TapRefused(session.Id, PeerText.Escape(user.Name), e.Message);
            SessionMetrics.Refused(plan.Route.Service, "recording");
            await RefuseAsync(e.Message, blocking.Output, held).ConfigureAwait(false);
            return;
        }

        RouteConfiguration route = plan.Route;
        LogLegs(destination, route.Destination.Legacy);
        _events.LoggedIn(user, destination, plan.HowChosen);
        var limits = new RelayLimits
        {
            MaxChannels = services.Configuration.Limits.MaxSessions,
            KeepaliveInterval = route.Destination.KeepaliveInterval,
            KeepaliveCount = route.Destination.KeepaliveCount,
        };
        IRelayPolicy policy = KeyRestrictionPolicy.Apply(new PermitPolicy(route.Permit, route.Dest), restrictions);
        PatternExpander patterns = plan.Patterns with { Host = destination.Host.Host };
        var relay = new RelayPair(_client, transport, policy, services.HostKeys, limits)
        {
            Tap = tap,
            Time = services.Time,
            Commands = new CommandRewriter(CommandRules.Of(route, patterns, restrictions)),
            Greeting = blocking.Output,
            Held = held,
            HeldSession = opening,
        };
        await using SessionCommands background = SessionCommands.Start(services, hooks with { Patterns = patterns, Destination = destination.Host });
        session.Transfers = TransferLog.For(session.Id, route.LogStatsInterval, _log, services.Time);
        var meter = new RelayMeter(route.Service, relay, _client, transport);
        session.Meter = meter;
        session.Relay = relay;
        SessionMetrics.Started(route.Service, services.Time.GetElapsedTime(accepted));
        RelayEnd end = await relay.RunAsync().ConfigureAwait(false);
        meter.Report();
        SessionMetrics.Ended(route.Service, services.Time.GetElapsedTime(session.StartedAt));
        LogEnd(relay, end);
        _events.Ended(user.Name, destination, relay, end);
    }

    private Task RefuseAsync(string message, ReadOnlyMemory<byte> shownBefore, HeldClient held) =>
        new RefusedConnection(_client, $"sshgateway: {message}", shownBefore) { Held = held }.RunAsync();

    private HookContext HookContextOf(DestinationPlan plan, string user, string ticketCache) => new()
    {
        SessionId = session.Id,
        User = user,
        Account = plan.Account,
        TicketCache = ticketCache,
        Route = plan.Route,
        Patterns = plan.Patterns,
        Source = session.Source,
        Local = session.Local,
    };

    private TapContext TapContextOf(DestinationPlan plan, string user, HostEndpoint host) => new()
    {
        SessionId = session.Id,
        User = user,
        Route = plan.Route,
        Patterns = plan.Patterns with { Host = host.Host },
        Source = session.Source,
        Local = session.Local,
        Destination = host,
        StartedAt = plan.Patterns.Time ?? services.Time.GetUtcNow(),
    };

    /// <summary>The user is known for who he is: his lines go where his route says.</summary>
    private void FollowLog(DestinationPlan plan, AuthenticatedUser user)
    {
        _log.Follow(plan.Route, plan.Patterns);
        if (_log.IsElsewhere) LogAccepted(user);
    }

    private void LogAccepted(AuthenticatedUser user) =>
        _log.Accepted(
            session.Id, user.Method, PeerText.Escape(user.Name), session.Source.Address, session.Source.Port, user.Key is { } key ? KeyText.Of(key) : "-");

    private void LogLegs(ReadyDestination destination, bool legacy)
    {
        NegotiatedAlgorithms client = _client.Algorithms!;
        NegotiatedAlgorithms target = destination.Transport.Algorithms!;
        _log.ClientLeg(
            session.Id, _client.PeerIdentification, client.KeyExchange, client.HostKey, client.CipherIn, client.MacIn, client.IsStrict, client.IsPostQuantum);
        _log.DestinationLeg(
            session.Id, destination.Host.ToString(), destination.Transport.PeerIdentification, PeerText.Escape(destination.User),
            PeerText.Escape(destination.How),
            target.KeyExchange, target.HostKey, target.CipherOut, target.MacOut, target.IsStrict, target.IsPostQuantum);
        if (legacy) _log.LegacyDestination(session.Id, destination.Host.ToString(), OfferedAlgorithms.LegacyIn(target) is { Count: > 0 } names ? string.Join(',', names) : "none");
    }

    private void LogEnd(RelayPair relay, RelayEnd end)
    {
        if (end.Error is not null) _log.InternalError(end.Error, session.Id);
        (ulong fromClient, ulong fromDestination) = relay.DataBytes;
        _log.Ended(session.Id, services.Time.GetElapsedTime(session.StartedAt).TotalSeconds, end.Message, fromClient, fromDestination);
    }

    private void LogNotAuthenticated(Exception error)
    {
        if (session.IsAuthenticated) return;
        session.Outcome = LoginOutcomes.Of(error, session.FailedAttempts);
        FailedLogin.Log(_log, session, services.Configuration.Auth, error);
        _events.NotAuthenticated(error is OperationCanceledException ? "login grace time exceeded" : PeerText.Escape(error.Message));
    }
}
