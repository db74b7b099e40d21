using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>The files that the configuration names by patterns for one user: his keys, his principals.</summary>
internal sealed class UserKeyFiles(LoginContext login, string user)
{
    private const int MaxFileSize = 4 * 1024 * 1024;

    /// <summary>Null when the system does not know the user.</summary>
    public SystemUser? Account { get; } = UserDirectory.Find(user);

    /// <summary>Reads the files one by one until <paramref name="match"/> finds something.</summary>
    public async ValueTask<AuthorizedKeyOptions?> SearchAsync(
        IReadOnlyList<string> patterns, Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match, CancellationToken cancellationToken)
    {
        var expander = new PatternExpander { User = user, Home = Account?.Home, Uid = Account?.Uid, SessionId = login.SessionId };
        foreach (string pattern in patterns)
        {
            bool isInHome = pattern.Contains("{home}", StringComparison.Ordinal);
            if ((isInHome && Account is null) || !expander.TryExpandPath(pattern, out string path)) continue;
            UserFileContent file = await ReadAsync(path, isInHome, cancellationToken).ConfigureAwait(false);
            if (file.Content is not null && Match(path, file.Content, match) is { } options) return options;
            if (file.Problem.Length > 0) login.Logger.KeyFileRefused(login.SessionId, PeerText.Escape(user), PeerText.Escape(path), PeerText.Escape(file.Problem));
        }

        return null;
    }

    /// <summary>Matches what a command prints; it is asked when the files have given nothing.</summary>
    public async ValueTask<AuthorizedKeyOptions?> SearchAsync(
        LookupCommand command, PublicKey key, IReadOnlyList<string> arguments, Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match, CancellationToken cancellationToken)
    {
        if (!command.IsConfigured) return null;
        byte[]? printed = await command.RunAsync(new LookupTokens(login, user, Account, key), arguments, cancellationToken).ConfigureAwait(false);
        return printed is null ? null : Match(command.Setting, printed, match);
    }

    /// <summary>The conditions of a line that can be judged before the session begins.</summary>
    public bool IsUsable(AuthorizedKeyOptions options) =>
        (options.From is null || options.From.Allows(login.Source.Address)) && (options.ExpiryTime is not { } expiry || login.Time.GetUtcNow() < expiry);

    /// <summary>What lies in a home folder is read as its owner. The rest is the administrator's, and ours to read.</summary>
    private async ValueTask<UserFileContent> ReadAsync(string path, bool isInHome, CancellationToken cancellationToken)
    {
        if (!isInHome) return new UserFileContent(UserFile.Read(path, Account?.Uid ?? 0, MaxFileSize, out string problem), problem);
        try
        {
            return await login.Helper.ReadUserFileAsync(user, path, MaxFileSize, cancellationToken).ConfigureAwait(false);
        }
        catch (PrivilegedHelperException e)
        {
            return new UserFileContent(null, e.Message);
        }
    }

    private AuthorizedKeyOptions? Match(string path, byte[] content, Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match)
    {
        var problems = new List<LineProblem>();
        AuthorizedKeyOptions? options = match(content, problems);
        foreach (LineProblem line in problems) login.Logger.KeyLineSkipped(login.SessionId, PeerText.Escape(path), line.Line, line.Reason);
        return options;
    }
}
