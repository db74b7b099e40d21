using Microsoft.Extensions.Logging;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Privileged.Authd;

namespace SshGateway.Server.Privileged;

/// <summary>
/// Which rights a gateway keeps. Started as root: it has a helper of its own and becomes the user <c>run_as</c> before it accepts
/// anybody. Started otherwise: it asks the helper that listens on <c>auth.helper</c>, or does without one and says what that means.
/// </summary>
internal sealed class GatewayPrivilege : IAsyncDisposable
{
    private readonly SystemUser? _user;
    private readonly ILogger _log;

    private GatewayPrivilege(IPrivilegedHelper helper, SystemUser? user, ILogger log) => (Helper, _user, _log) = (helper, user, log);

    public IPrivilegedHelper Helper { get; }

    /// <exception cref="PrivilegedHelperException">A helper is needed and cannot be started, or run_as names nobody.</exception>
    public static async Task<GatewayPrivilege> PrepareAsync(GatewayConfiguration configuration, ILogger log)
    {
        if (SystemCalls.geteuid() != 0) return new GatewayPrivilege(await FindAsync(configuration, log).ConfigureAwait(false), null, log);
        SystemUser? user = UserToBecome(configuration, log);
        uint uid = user?.Uid ?? 0;
        OwnedHelper owned = await OwnedHelper.StartAsync(
            configuration.FilePath, HelperPolicy.From(configuration), uid, ExpectsWork(configuration), configuration.Limits.LoginGrace, configuration.Debug).ConfigureAwait(false);
        _ = owned.WatchAsync(log.HelperLost);
        return new GatewayPrivilege(await OpenAsync(owned.Socket, owned, configuration, log).ConfigureAwait(false), user, log);
    }

    /// <summary>To be called when every file that root alone can read was read, and nobody was accepted yet.</summary>
    /// <exception cref="PrivilegedHelperException">It did not work; the gateway must not go on.</exception>
    public void Drop(GatewayConfiguration configuration)
    {
        if (_user is null) return;
        StateFolder.GiveTo(configuration.StateDir, _user);
        if (configuration.Log.StartsWith('/') && File.Exists(configuration.Log)) StateFolder.Give(configuration.Log, _user);
        uint[] adminGroup = UserDirectory.GroupNumber(configuration.AdminGroup) is { } group ? [group] : [];
        PrivilegeDrop.To(_user, adminGroup);
        _log.Dropped(_user.Name, _user.Uid);
        string[] unreadable = [.. FilesOf(configuration).Distinct(StringComparer.Ordinal).Where(file => !IsReadable(file))];
        if (unreadable.Length > 0) _log.ReloadWillFail(_user.Name, string.Join(", ", unreadable));
    }

    /// <summary>What is read at the start, as root, and at a reload, as the user.</summary>
    private static IEnumerable<string> FilesOf(GatewayConfiguration configuration) =>
    [
        configuration.FilePath, .. configuration.HostKeys.Where(key => key.StartsWith('/')), .. configuration.HostCertificates,
        .. configuration.AllRoutes.SelectMany(route => route.Destination.Keys),
    ];

    private static bool IsReadable(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            // It is gone, which is another matter.
            return true;
        }
    }

    public ValueTask DisposeAsync() => Helper.DisposeAsync();

    private static SystemUser? UserToBecome(GatewayConfiguration configuration, ILogger log)
    {
        SystemUser? user = UserDirectory.Find(configuration.RunAs);
        if (user is { Uid: not 0 }) return user;
        if (user is not null) log.StaysRoot("run_as is root");
        else if (configuration.RunAs == new GatewayConfiguration().RunAs) log.StaysRoot($"the system knows no user {configuration.RunAs}; create it, or name another with run_as");
        else throw new PrivilegedHelperException($"the system knows no user {configuration.RunAs} (run_as)");
        return null;
    }

    private static async Task<IPrivilegedHelper> FindAsync(GatewayConfiguration configuration, ILogger log)
    {
        string socket = configuration.Auth.Helper;
        try
        {
            if (HelperSocket.IsThere(socket)) return await OpenAsync(socket, null, configuration, log).ConfigureAwait(false);
        }
        catch (PrivilegedHelperException e)
        {
            log.NotAvailable("the helper", e.Message);
        }

        var none = new NoPrivilege();
        TellMissing(none, configuration, log);
        return none;
    }

    private static async Task<IPrivilegedHelper> OpenAsync(string socket, OwnedHelper? owned, GatewayConfiguration configuration, ILogger log)
    {
        var missing = new Dictionary<PrivilegedTask, string>();
        if (PamServices.FirstInstalled(configuration.Auth.PamServices) is null)
            missing[PrivilegedTask.Authenticate] = $"none of the PAM services {string.Join(", ", configuration.Auth.PamServices)} is set up here";
        HelperClient client = await HelperClient.OpenAsync(socket, missing, owned, CancellationToken.None).ConfigureAwait(false);
        log.HelperFound(client.Version, socket);
        TellMissing(client, configuration, log);
        return client;
    }

    private static void TellMissing(IPrivilegedHelper helper, GatewayConfiguration configuration, ILogger log)
    {
        if (helper.Missing(PrivilegedTask.Authenticate) is { } noPam && AsksPam(configuration)) log.NotAvailable("methods password and keyboard-interactive", noPam);
        if (helper is NoPrivilege) log.NotAvailable("keys in files that only their owners can read", helper.Missing(PrivilegedTask.SignWithUserKeys)!);
        if (helper.Missing(PrivilegedTask.SignWithUserKeys) is { } noKeys) log.NotAvailable("users' own keys towards destinations (userkey)", noKeys);
        if (helper.Missing(PrivilegedTask.RunCommands) is not { } noCommands) return;
        if (RunsCommands(configuration)) log.NotAvailable("commands run as the user", noCommands);
        if (LooksUp(configuration.Auth)) log.NotAvailable("auth.authorized_keys_command and auth.authorized_principals_command", noCommands);
    }

    private static bool ExpectsWork(GatewayConfiguration configuration) =>
        (AsksPam(configuration) && PamServices.FirstInstalled(configuration.Auth.PamServices) is not null) || RunsCommands(configuration) || LooksUp(configuration.Auth);

    private static bool LooksUp(AuthConfiguration auth) => auth.AuthorizedKeysCommand.Length > 0 || auth.AuthorizedPrincipalsCommand.Length > 0;

    private static bool AsksPam(GatewayConfiguration configuration) =>
        configuration.Auth.Methods.Any(method => method.Contains(AuthConfiguration.Password) || method.Contains(AuthConfiguration.KeyboardInteractive));

    private static bool RunsCommands(GatewayConfiguration configuration) =>
        configuration.AllRoutes.Any(route => route.BlockingCommand.Length > 0 || route.BackgroundCommand.Length > 0);
}
