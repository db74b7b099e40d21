using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Hooks;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>
/// <c>auth.authorized_keys_command</c> and <c>auth.authorized_principals_command</c>: a program that prints what otherwise stands in files. The helper runs it
/// as the configured user (sshd_config(5), AuthorizedKeysCommand).
/// </summary>
/// <param name="login">The connection it is asked for.</param>
/// <param name="setting">Name of its key, for the log.</param>
/// <param name="line">Program and arguments, with sshd's tokens; "" for none.</param>
/// <param name="runAs">Who runs it.</param>
internal sealed class LookupCommand(LoginContext login, string setting, string line, string runAs)
{
    private const int MaxOutput = 4 * 1024 * 1024;
    private const int MaxErrorShown = 1024;

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public bool IsConfigured => line.Length > 0;

    public string Setting => setting;

    public static LookupCommand ForKeys(LoginContext login) => new(login, "authorized_keys_command", login.Auth.AuthorizedKeysCommand, login.Auth.AuthorizedKeysCommandUser);

    public static LookupCommand ForPrincipals(LoginContext login) =>
        new(login, "authorized_principals_command", login.Auth.AuthorizedPrincipalsCommand, login.Auth.AuthorizedPrincipalsCommandUser);

    /// <summary>What it prints; null when there is none, it cannot be run, fails, takes too long or prints too much, which the log says.</summary>
    /// <param name="tokens">Values of the tokens.</param>
    /// <param name="arguments">Its arguments when the line has none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<byte[]?> RunAsync(LookupTokens tokens, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (line.Length == 0 || !CommandWords.TrySplit(line, out IReadOnlyList<string>? words)) return null;
        // Values are put in after the split: no name can become a second argument.
        string[] command = words.Count == 1 ? [words[0], .. arguments] : [words[0], .. words.Skip(1).Select(tokens.Expand)];
        try
        {
            IUserProcess process = await login.Helper.RunAsync(new UserCommand { User = runAs, Arguments = command, Limit = Limit }, cancellationToken).ConfigureAwait(false);
            await using (process.ConfigureAwait(false)) return await ReadAsync(process, words[0], cancellationToken).ConfigureAwait(false);
        }
        catch (PrivilegedHelperException e)
        {
            login.Logger.LookupFailed(login.SessionId, setting, PeerText.Escape(e.Message));
            return null;
        }
    }

    private async Task<byte[]?> ReadAsync(IUserProcess process, string program, CancellationToken cancellationToken)
    {
        var output = new MemoryStream();
        var error = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        UserOutput piece;
        while ((piece = await process.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)).Count > 0)
        {
            if (piece.Stream == UserStream.Output) output.Write(buffer, 0, piece.Count);
            else if (error.Length < MaxErrorShown) error.Write(buffer, 0, Math.Min(piece.Count, MaxErrorShown));
            if (output.Length <= MaxOutput) continue;
            login.Logger.LookupFailed(login.SessionId, setting, $"{program} prints more than {MaxOutput} bytes");
            return null;
        }

        if (process.ExitStatus == 0) return output.ToArray();
        login.Logger.LookupFailed(
            login.SessionId, setting, $"{program} ended with status {process.ExitStatus} {PeerText.Escape(Encoding.UTF8.GetString(error.ToArray()).Trim())}".TrimEnd());
        return null;
    }
}
