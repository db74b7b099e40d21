using SshGateway.Protocol.Authentication;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Gssapi;

/// <summary>Users who log in with Kerberos tickets. One instance per connection; it keeps what a user has delegated until it is disposed.</summary>
internal sealed class GssapiLogin(LoginContext login, LoginDoor door) : IGssapiAuthority, IDisposable
{
    /// <summary>A refusal takes at least this long, whoever the user is, and whether he exists.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMilliseconds(10);

    private readonly LoginContext _login = login;

    public ReadOnlyMemory<byte> Mechanism => LibGssapi.KerberosDer;

    /// <summary>The tickets of the user who was let in; null when he delegated none.</summary>
    public GssCredential? Delegated { get; private set; }

    /// <summary>Why the method cannot be offered; null: it can.</summary>
    public static string? Problem(string keytab)
    {
        if (LibGssapi.Problem is { } missing) return missing;
        if (!File.Exists(keytab)) return $"auth.keytab: {keytab} does not exist";
        try
        {
            GssCredential.OfHost(keytab).Dispose();
            return null;
        }
        catch (GssException e)
        {
            return $"auth.keytab: {keytab} cannot be used by user {Environment.UserName}: {PeerText.Escape(e.Message)}";
        }
    }

    public IGssapiAcceptor Begin(string user) => new Acceptor(this, user);

    public void Dispose() => Delegated?.Dispose();

    private async ValueTask<bool> IsAcceptedAsync(GssAcceptorContext context, string user, CancellationToken cancellationToken)
    {
        var refusalTime = Task.Delay(RefusalTime, _login.Time, cancellationToken);
        string? refusal = await RefusalAsync(context, user, cancellationToken).ConfigureAwait(false);
        if (refusal is null)
        {
            Delegated?.Dispose();
            Delegated = context.TakeDelegated();
            _login.Logger.KerberosAccepted(_login.SessionId, PeerText.Escape(user), PeerText.Escape(context.Principal), Delegated is not null);
            return true;
        }

        _login.Logger.KerberosRefused(_login.SessionId, PeerText.Escape(user), PeerText.Escape(context.Principal), PeerText.Escape(refusal));
        await refusalTime.ConfigureAwait(false);
        return false;
    }

    private async ValueTask<string?> RefusalAsync(GssAcceptorContext context, string user, CancellationToken cancellationToken)
    {
        if (!door.IsOpenFor(user, AuthConfiguration.Gssapi)) return "the user may not log in";
        SystemUser? account = UserDirectory.Find(user);
        if (_login.Auth.RequireSystemUser && account is null) return "there is no such user";
        return await KerberosAccess.RefusalAsync(user, account, context.Principal, context.LocalName, _login.Helper, cancellationToken).ConfigureAwait(false);
    }

    private sealed class Acceptor(GssapiLogin owner, string user) : IGssapiAcceptor
    {
        private readonly GssAcceptorContext _context = new();

        public async ValueTask<GssapiStep> StepAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
        {
            GssapiStep step;
            try
            {
                step = await GssThreads.RunAsync(() => _context.Step(owner._login.Auth.Keytab, token), cancellationToken).ConfigureAwait(false);
            }
            catch (GssException e)
            {
                step = new GssapiStep(default, false, e.Error);
            }

            if (step.Error is { } error) owner._login.Logger.KerberosFailed(owner._login.SessionId, PeerText.Escape(user), PeerText.Escape(error.Message));
            return step;
        }

        public async ValueTask<bool> IsAcceptedAsync(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> mic, CancellationToken cancellationToken)
        {
            try
            {
                if (await GssThreads.RunAsync(() => _context.Verify(data, mic), cancellationToken).ConfigureAwait(false))
                    return await owner.IsAcceptedAsync(_context, user, cancellationToken).ConfigureAwait(false);
                owner._login.Logger.KerberosFailed(owner._login.SessionId, PeerText.Escape(user), "the MIC is not that of this connection");
            }
            catch (GssException e)
            {
                owner._login.Logger.KerberosFailed(owner._login.SessionId, PeerText.Escape(user), PeerText.Escape(e.Message));
            }

            return false;
        }

        public ValueTask DisposeAsync()
        {
            _context.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
