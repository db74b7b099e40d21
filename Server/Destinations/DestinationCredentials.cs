using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Authentication;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Gssapi;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Destinations;

/// <summary>
/// What the gateway proves itself with to a destination, in the order of <c>destination.auth</c>. A credential that cannot be used is
/// logged and left out; the others are tried. One instance per login.
/// </summary>
internal sealed class DestinationCredentials(RouteConfiguration route, DestinationKeyRing keys, DestinationContext context, ILogger logger) : IDisposable
{
    private readonly Dictionary<ClientAuthenticationMethod, DestinationAuth> _entries = [];
    private PrivateKey? _sessionKey;
    private KerberosInitiator? _kerberos;

    /// <param name="dialed">The destination.</param>
    /// <param name="login">The verified user.</param>
    /// <param name="destinationUser">His name there.</param>
    /// <param name="cancellationToken">Cancels signing.</param>
    public async ValueTask<IReadOnlyList<ClientAuthenticationMethod>> CreateAsync(
        DialedDestination dialed, DestinationLogin login, string destinationUser, CancellationToken cancellationToken)
    {
        var methods = new List<ClientAuthenticationMethod>();
        foreach (DestinationAuth auth in route.Destination.Auth)
        {
            try
            {
                foreach (ClientAuthenticationMethod method in await CreateAsync(auth, dialed, login, destinationUser, cancellationToken).ConfigureAwait(false))
                {
                    _entries[method] = auth;
                    methods.Add(method);
                }
            }
            catch (Exception e) when (e is KeyFileException or PrivilegedHelperException or AgentException)
            {
                logger.CredentialUnusable(context.SessionId, $"{NameOf(auth)}: {PeerText.Escape(e.Message)}");
            }
        }

        return methods;
    }

    /// <summary>Which entry of <c>destination.auth</c> let us in.</summary>
    public string NameOf(UserauthResult result) => result.Used is { } method && _entries.TryGetValue(method, out DestinationAuth auth) ? NameOf(auth) : "none";

    public void Dispose()
    {
        _sessionKey?.Dispose();
        _kerberos?.Dispose();
    }

    private static string NameOf(DestinationAuth auth) => auth.ToString().ToLowerInvariant();

    private async ValueTask<IReadOnlyList<ClientAuthenticationMethod>> CreateAsync(
        DestinationAuth auth, DialedDestination dialed, DestinationLogin login, string destinationUser, CancellationToken cancellationToken) => auth switch
        {
            DestinationAuth.Key when route.Destination.Keys.Count > 0 => [new PublickeyClientMethod(KeysAndCertificates())],
            DestinationAuth.Certificate when route.Destination.CaKey.Length > 0 =>
                [new PublickeyClientMethod([await MintAsync(dialed, login, destinationUser, cancellationToken).ConfigureAwait(false)])],
            DestinationAuth.HostBased when context.HostKeys.Count > 0 =>
                [new HostbasedClientMethod(context.HostKeys, context.HostName(), login.User)],
            DestinationAuth.UserKey when route.Destination.UserKeys.Count > 0 && context.Privileged.Missing(PrivilegedTask.SignWithUserKeys) is null =>
                await UserKeysAsync(login.User, cancellationToken).ConfigureAwait(false),
            DestinationAuth.Password when login.Password is { } password => PasswordMethods(password),
            DestinationAuth.Agent when login.Agent is { } agent => [new AgentClientMethod(agent)],
            DestinationAuth.Gssapi when login.Tickets is { } tickets => [new GssapiClientMethod(Initiator(tickets, dialed.Host))],
            _ => [],
        };

    /// <summary>The user's own keys; the helper signs with them, they never come here.</summary>
    private async ValueTask<IReadOnlyList<ClientAuthenticationMethod>> UserKeysAsync(string user, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (string pattern in route.Destination.UserKeys)
        {
            if (context.Patterns.TryExpandPath(pattern, out string path)) paths.Add(path);
        }

        UserKeyList list = await context.Privileged.ListUserKeysAsync(user, paths, cancellationToken).ConfigureAwait(false);
        foreach (string problem in list.Problems) logger.CredentialUnusable(context.SessionId, PeerText.Escape(problem));
        return list.Keys.Count == 0 ? [] : [new PublickeyClientMethod([.. list.Keys.Select(key => new UserKeySigner(context.Privileged, user, key))])];
    }

    /// <summary>The typed password, by whichever of the two methods the destination has for it.</summary>
    private static ClientAuthenticationMethod[] PasswordMethods(TypedPassword password) =>
    [
        new PasswordClientMethod(_ => ValueTask.FromResult(password.Copy())),
        new KeyboardInteractiveClientMethod((request, _) => ValueTask.FromResult(Answer(request, password))),
    ];

    /// <summary>One hidden prompt wants the password; anything else is for the user, who is not asked.</summary>
    private static IReadOnlyList<byte[]>? Answer(PromptRequest request, TypedPassword password) => request.Prompts switch
    {
        [] => [],
        [{ Echo: false }] when password.Copy() is { } typed => [typed],
        _ => null,
    };

    /// <summary>The certificate beside a key (<c>id-cert.pub</c>) goes before the key itself. It is read each time: it may be renewed any time.</summary>
    private List<ISshSigner> KeysAndCertificates()
    {
        var signers = new List<ISshSigner>();
        foreach (string file in route.Destination.Keys)
        {
            try
            {
                ISshSigner key = keys.Load(file);
                // The ring owns the key.
                if (CertificateBeside(file, key) is { } certificate) signers.Add(certificate);
                signers.Add(key);
            }
            catch (KeyFileException e)
            {
                logger.CredentialUnusable(context.SessionId, e.Message);
            }
        }

        return signers;
    }

    private CertificateSigner? CertificateBeside(string file, ISshSigner key)
    {
        try
        {
            return CertificateSigner.TryLoadBeside(file, key);
        }
        catch (KeyFileException e)
        {
            logger.CredentialUnusable(context.SessionId, e.Message);
            return null;
        }
    }

    private KerberosInitiator Initiator(GssCredential tickets, HostEndpoint host) =>
        _kerberos ??= new KerberosInitiator(tickets, host.Host, route.Destination.GssapiDelegate, problem => logger.CredentialUnusable(context.SessionId, "gssapi: " + PeerText.Escape(problem)));

    private async ValueTask<CertificateSigner> MintAsync(DialedDestination dialed, DestinationLogin login, string destinationUser, CancellationToken cancellationToken)
    {
        ISshSigner authority = await keys.FindAuthorityAsync(route.Destination.CaKey).ConfigureAwait(false);
        _sessionKey?.Dispose();
        _sessionKey = PrivateKey.GenerateEd25519();
        IReadOnlyList<string> sources = route.Destination.CertificateSources.Count > 0
            ? [.. route.Destination.CertificateSources.Select(network => network.ToString())]
            : dialed.SeenFrom is { } seen ? [seen.ToString()] : [];
        return await SessionCertificate.MintAsync(
            authority, _sessionKey, destinationUser, $"{PeerText.Escape(login.User)}/{context.SessionId}", sources,
            SessionCertificate.Extensions(route.Permit, login.Restrictions), context.Time.GetUtcNow(), route.Destination.CertificateTtl, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>The verified user, and what the key that let him in permits.</summary>
/// <param name="User">User name at the gateway.</param>
/// <param name="Restrictions">Options of the key; null without one.</param>
internal sealed record DestinationLogin(string User, AuthorizedKeyOptions? Restrictions)
{
    /// <summary>What the user typed, if he typed anything.</summary>
    public TypedPassword? Password { get; init; }

    /// <summary>Kerberos tickets that the user has delegated, if he has.</summary>
    public GssCredential? Tickets { get; init; }

    /// <summary>Finds the agent that the user's client forwards, when its turn has come; null where that cannot be.</summary>
    public Func<CancellationToken, ValueTask<AgentClient?>>? Agent { get; init; }
}
