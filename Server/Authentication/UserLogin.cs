using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Gssapi;
using SshGateway.Server.Listeners;
using SshGateway.Server.Metrics;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>
/// How the user of one connection proves who he is: the offered methods, joined to the keys, the PAM modules and the rules of this gateway.
/// Disposed when the session has ended (a PAM session lasts as long).
/// </summary>
internal sealed class UserLogin : IAsyncDisposable
{
    private readonly GatewayServices _services;
    private readonly LoginContext _login;
    private readonly OfferedMethods _offered;
    private readonly UserKeyAuthority _keys;
    private readonly PamLogin? _pam;
    private readonly SecondFactorGrace _grace;
    private readonly Action<string> _tell;
    private readonly GssapiLogin _kerberos;

    /// <param name="services">The gateway.</param>
    /// <param name="login">The connection.</param>
    /// <param name="client">Its client.</param>
    /// <param name="queried">Called with the user's name and the key when a listed key was queried.</param>
    /// <param name="tell">Called with what became of each attempt.</param>
    public UserLogin(GatewayServices services, LoginContext login, SshTransport client, Action<string, PublicKey> queried, Action<UserauthServer, string> tell)
    {
        (_services, _login) = (services, login);
        _tell = line => tell(Server!, line);
        _offered = services.Methods;
        _keys = new UserKeyAuthority(login) { Queried = queried };
        var door = new LoginDoor(login);
        _kerberos = new GssapiLogin(login, door);
        if (_offered.HasPam)
            _pam = new PamLogin(services.Helper, login, door, _offered.PamService) { KeepsPassword = true, KeepsSession = login.Auth.PamSession };
        _grace = new SecondFactorGrace(services.State.Store, login);
        Server = new UserauthServer(client, CreateMethods(door), new UserauthServerOptions
        {
            Banner = services.Configuration.Banner,
            MaxTries = services.Configuration.Limits.MaxTries,
            MaxRequests = services.Configuration.Limits.MaxRequests,
            Combinations = _offered.Combinations,
            IsEnough = IsEnoughAsync,
            Judged = Tell,
        });
        if (_pam is not null) _pam.Show = Server.ShowBanner;
    }

    public UserauthServer Server { get; }

    /// <summary>What the user typed, until it was used; null when he typed nothing.</summary>
    public TypedPassword? Password => _pam?.Password;

    /// <summary>The Kerberos tickets that the user has delegated, as long as this is not disposed; null when he has not.</summary>
    public GssCredential? Tickets => _kerberos.Delegated;

    /// <summary>Runs until the user is authenticated and his account may be used.</summary>
    /// <exception cref="SshProtocolException">Too many attempts, a breach of the protocol, or an account that is closed.</exception>
    public async Task<AuthenticatedUser> RunAsync(CancellationToken cancellationToken)
    {
        AuthenticatedUser user = await Server.RunAsync(cancellationToken).ConfigureAwait(false);
        if (user is { Key: not null, Method: var method } && method.Contains('+', StringComparison.Ordinal))
            await _grace.RememberAsync(user.Name, user.Key, cancellationToken).ConfigureAwait(false);
        if (_pam is not null && _login.Auth.PamAccount && !IsByPam(user.Method)) await CheckAccountAsync(_pam, user.Name, cancellationToken).ConfigureAwait(false);
        return user;
    }

    /// <summary>What the key that let the user in permits; null without a key. What the first of two factors forbids stays forbidden.</summary>
    public AuthorizedKeyOptions? RestrictionsOf(AuthenticatedUser user) => user.Key is { } key ? _keys.OptionsOf(key) : null;

    public async ValueTask DisposeAsync()
    {
        _kerberos.Dispose();
        if (_pam is not null) await _pam.DisposeAsync().ConfigureAwait(false);
    }

    private void Tell(string method, AttemptResult result)
    {
        if (result == AttemptResult.Refused) SessionMetrics.Failed(method);
        _tell(_login.Attempt.Take(method, result));
    }

    private static bool IsByPam(string methods) =>
        methods.Split('+').Any(method => method is AuthConfiguration.Password or AuthConfiguration.KeyboardInteractive);

    private List<ServerAuthenticationMethod> CreateMethods(LoginDoor door)
    {
        var methods = new List<ServerAuthenticationMethod>();
        foreach (string name in _offered.Combinations.SelectMany(combination => combination).Distinct(StringComparer.Ordinal))
        {
            methods.Add(name switch
            {
                AuthConfiguration.Password => new PasswordServerMethod(_pam!),
                AuthConfiguration.KeyboardInteractive => new KeyboardInteractiveServerMethod(_pam!),
                AuthConfiguration.Gssapi => new GssapiServerMethod(_kerberos),
                AuthConfiguration.HostBased => new HostbasedServerMethod(new TrustedMachines(_login, door, _services.KnownHosts), _services.Offered.UserKeys),
                _ => new PublickeyServerMethod(new LoginGate(_keys, door, _login), _services.Offered.UserKeys),
            });
        }

        return methods;
    }

    private async ValueTask<bool> IsEnoughAsync(AuthenticatedUser user, CancellationToken cancellationToken) =>
        user.Key is { } key && await _grace.WasPassedAsync(user.Name, key, cancellationToken).ConfigureAwait(false);

    /// <summary>A key says nothing of whether the account is still one: PAM's account modules do (expired, locked, nologin).</summary>
    private async Task CheckAccountAsync(PamLogin pam, string user, CancellationToken cancellationToken)
    {
        if (!await pam.RefusalOfAccountAsync(user, cancellationToken).ConfigureAwait(false)) return;
        _tell(_login.Attempt.Take("account", AttemptResult.Refused));
        throw new SshProtocolException(DisconnectReason.ByApplication, "this account may not be used here at present");
    }
}
