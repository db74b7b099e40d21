using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;

namespace SshGateway.Server.Listeners;

/// <summary>
/// The way of one login to its destination. Dialling begins when a listed key is queried, so that the destination's key exchange
/// runs while the user signs; nothing is sent to the destination on his behalf before he is verified.
/// </summary>
internal sealed class DestinationPlan(GatewayServices services, GatewaySession session) : IAsyncDisposable
{
    private readonly CancellationTokenSource _abandoned = new();
    private DestinationConnector? _connector;
    private Task<DialedDestination>? _dial;
    private bool _completed;

    /// <summary>The settings for this user, once <see cref="Begin"/> or <see cref="CompleteAsync"/> was called.</summary>
    public RouteConfiguration Route { get; private set; } = RouteConfiguration.Default;

    public PatternExpander Patterns { get; private set; } = new();

    public SystemUser? Account { get; private set; }

    /// <summary>
    /// Starts to dial, unless a command decides first whether the user gets anywhere; called again it does nothing (the user of a
    /// connection never changes).
    /// </summary>
    public void Begin(string user)
    {
        Prepare(user);
        if (Route.BlockingCommand.Length == 0) Dial();
    }

    /// <summary>Finds the settings for the user.</summary>
    public void Prepare(string user)
    {
        if (_connector is not null) return;
        SystemUser? account = Account = UserDirectory.Find(user);
        Route = services.Configuration.RouteFor(user, account?.Groups ?? [], session.Local);
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
            SoftwareVersion = session.Client.PeerIsOpenSsh ? GatewayServices.OpenSshLikeVersion : GatewayServices.PlainVersion,
        };
        _connector = new DestinationConnector(Route, services.DestinationKeys, context, session.Log);
    }

    private void Dial() => _dial ??= _connector!.DialAsync(_abandoned.Token);

    /// <summary>The user is verified: finishes dialling and authenticates to the destination.</summary>
    /// <exception cref="DestinationException">No destination can be had.</exception>
    public async Task<ReadyDestination> CompleteAsync(string user, AuthorizedKeyOptions? restrictions)
    {
        Prepare(user);
        Dial();
        DialedDestination dialed = await _dial!.ConfigureAwait(false);
        _completed = true;
        return await _connector!.AuthenticateAsync(dialed, new DestinationLogin(user, restrictions), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Closes a destination that was dialled for a login that never came about.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_dial is not null && !_completed)
        {
            await _abandoned.CancelAsync().ConfigureAwait(false);
            try
            {
                DialedDestination dialed = await _dial.ConfigureAwait(false);
                await dialed.Transport.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is DestinationException or OperationCanceledException)
            {
                // It was on its way and is not needed any more.
            }
        }

        _abandoned.Dispose();
    }
}
