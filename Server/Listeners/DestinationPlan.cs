using System.Globalization;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Routing;
using SshGateway.Server.State;
using SshGateway.Storage.State;

namespace SshGateway.Server.Listeners;

/// <summary>
/// The way of one login to its destination. Dialling begins when a listed key is queried, so that the destination's key exchange
/// runs while the user signs; nothing is sent to the destination on his behalf before he is verified.
/// </summary>
internal sealed class DestinationPlan(GatewayServices services, GatewaySession session) : IAsyncDisposable
{
    /// <summary>On top of connect_timeout: what a host gets to answer a user who is bound to it, when another one is ready.</summary>
    private static readonly TimeSpan Loyalty = TimeSpan.FromSeconds(2);

    private DestinationConnector? _connector;
    private DestinationSearch? _search;
    private DialRace? _race;
    private LiveConnection? _connection;
    private bool _isEstablished;

    /// <summary>The settings for this user, once <see cref="Begin"/> or <see cref="PrepareAsync"/> was called.</summary>
    public RouteConfiguration Route { get; private set; } = RouteConfiguration.Default;

    public PatternExpander Patterns { get; private set; } = new();

    public SystemUser? Account { get; private set; }

    /// <summary>
    /// Starts to dial for a user who has a listed key but has not proved it, unless a command decides first whether he gets anywhere;
    /// called again it does nothing.
    /// </summary>
    public void Begin(string user, PublicKey? key)
    {
        if (_search is not null) return;
        Prepare(user, key);
        if (Route.BlockingCommand.Length == 0) _search!.DialAhead();
    }

    /// <summary>The user is verified: finds the settings that hold for him.</summary>
    public async Task PrepareAsync(AuthenticatedUser user)
    {
        // Another key than the queried one may be a certificate whose principals lead elsewhere.
        if (_search is not null && ReferenceEquals(Route, services.Configuration.RouteFor(user.Name, Groups(Account, user.Key), session.Local))) return;
        await AbandonAsync().ConfigureAwait(false);
        Prepare(user.Name, user.Key);
    }

    /// <summary>Registers the connection, finishes dialling and authenticates to the destination; after <see cref="PrepareAsync"/>.</summary>
    /// <exception cref="LoginRefusedException">The user is not let in.</exception>
    /// <exception cref="DestinationException">No destination can be had.</exception>
    public async Task<ReadyDestination> CompleteAsync(AuthenticatedUser user, DestinationLogin login)
    {
        try
        {
            Dial dial = await _search!.FindAsync().ConfigureAwait(false);
            DialRace race = _race!;
            _race = null;
            services.LateDials.Follow(race, dial);
            await RegisterAsync(dial.Host, _search.RegisteredHost).ConfigureAwait(false);
            ReadyDestination ready = await _connector!.AuthenticateAsync(dial.Destination!, login, CancellationToken.None).ConfigureAwait(false);
            _isEstablished = true;
            services.State.Connections.Update(_connection!, _connection!.Record with { Details = ConnectionDetails.Of(session.Client, user, ready) });
            return ready;
        }
        catch
        {
            // It stops to count at once, however long the user looks at the reason.
            await EndAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How the store came to the host, for events.</summary>
    public string HowChosen => _search?.Choice switch
    {
        ChoiceReason.StickyToLive => "where the user is connected",
        ChoiceReason.StickyToRecent => "where the user was a moment ago",
        ChoiceReason.StickyToPersisted => "remembered for the user",
        _ => Route.RouteSelect.ToString().ToLower(CultureInfo.InvariantCulture),
    };

    /// <summary>Closes a destination that was dialled for a login that never came about, and ends the connection in the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await AbandonAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }

    private static IReadOnlyList<string> Groups(SystemUser? account, PublicKey? key)
    {
        IReadOnlyList<string> groups = account?.Groups ?? [];
        return key is Certificate certificate ? [.. groups, .. certificate.Principals.Select(principal => "cert:" + principal)] : groups;
    }

    private void Prepare(string user, PublicKey? key)
    {
        SystemUser? account = Account = UserDirectory.Find(user);
        Route = services.Configuration.RouteFor(user, Groups(account, key), session.Local);
        Patterns = new PatternExpander { User = user, Home = account?.Home, Uid = account?.Uid, SessionId = session.Id, Time = services.Time.GetUtcNow() };
        var context = new DestinationContext
        {
            SessionId = session.Id,
            Client = new ProxiedConnection(session.Source, session.Local),
            Patterns = Patterns,
            Algorithms = OfferedAlgorithms.Destination(Route.Destination.Legacy),
            RekeyLimits = services.RekeyLimits,
            HostKeys = services.HostKeys,
            HostName = () => services.HostName,
            Time = services.Time,
            KnownHosts = services.KnownHosts.Get(Route.Destination.KnownHosts),
            LearnedHostKeys = services.State.LearnedHostKeys,
            Privileged = services.Helper,
            SoftwareVersion = session.Client.PeerIsOpenSsh ? GatewayServices.OpenSshLikeVersion : GatewayServices.PlainVersion,
        };
        _connector = new DestinationConnector(Route, services.DestinationKeys, context, session.Log);
        _race = new DialRace(_connector.DialAsync, services.State.Hosts, Route.CheckInterval, session.Id, services.Time, session.Log);
        LoginRequest request = Request(user, Groups(account, key));
        _connection = new LiveConnection(session, Route, request.Connection);
        _search = new DestinationSearch(services.State.Store, request, _race, Route.Destination.ConnectTimeout + Loyalty, services.Time);
    }

    private LoginRequest Request(string user, IReadOnlyList<string> groups) => new()
    {
        Connection = new ConnectionRecord
        {
            Id = session.Id,
            Gateway = services.State.Gateway,
            User = user,
            Groups = groups,
            Service = Route.Service,
            Client = session.Source.ToString(),
            From = session.Local.ToString(),
            Start = services.Time.GetUtcNow(),
            LastActive = services.Time.GetUtcNow(),
        },
        Candidates = PoolNames.Of(Route.Dest),
        IsSticky = Route.Mode == RouteMode.Sticky,
        MaxConnectionsPerUser = Route.MaxConnectionsPerUser,
        Persist = Route.Persist,
        IsMandatory = Route.StateMandatory,
        DownFor = Route.CheckInterval,
        Rank = DestinationPolicies.ForLogin(Route.RouteSelect),
    };

    /// <summary>The connection is live from here on, on the host that was found; the store is told when it has another one.</summary>
    private async Task RegisterAsync(string host, string registeredHost)
    {
        LiveConnection connection = _connection!;
        connection.Record = connection.Record with { Host = host };
        services.State.Connections.Add(connection);
        if (registeredHost == host) return;
        try
        {
            await services.State.Store.PutConnectionsAsync([connection.Record], CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateStoreException)
        {
            // It is put again when the store is back.
        }
    }

    private async Task AbandonAsync()
    {
        if (_search is not null) await _search.StopDialingAheadAsync().ConfigureAwait(false);
        if (_race is not null) await _race.AbandonAsync(winner: null).ConfigureAwait(false);
        _race = null;
    }

    private async Task EndAsync()
    {
        if (_connection is not { } connection || _search is not { } search) return;
        _connection = null;
        TimeSpan keyTtl = _isEstablished ? Route.StateKeyTtl : TimeSpan.Zero;
        TimeSpan persist = _isEstablished ? Route.Persist : TimeSpan.Zero;
        bool isRegistered = search.RegisteredHost.Length > 0 || connection.Record.Host.Length > 0;
        if (!isRegistered) return;
        services.State.Connections.Add(connection);
        await services.State.Connections.EndAsync(connection, keyTtl, persist).ConfigureAwait(false);
    }
}
