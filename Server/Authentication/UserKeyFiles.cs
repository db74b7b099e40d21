using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>The files that the configuration names by patterns for one user: his keys, his principals.</summary>
internal sealed class UserKeyFiles(LoginContext login, string user)
{
    private const int MaxFileSize = 4 * 1024 * 1024;

    /// <summary>Null when the system does not know the user.</summary>
    public SystemUser? Account { get; } = UserDirectory.Find(user);

    /// <summary>Reads the files one by one until <paramref name="match"/> finds something.</summary>
    public AuthorizedKeyOptions? Search(IReadOnlyList<string> patterns, Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match)
    {
        var expander = new PatternExpander { User = user, Home = Account?.Home, Uid = Account?.Uid, SessionId = login.SessionId };
        foreach (string pattern in patterns)
        {
            if (pattern.Contains("{home}", StringComparison.Ordinal) && Account is null) continue;
            if (expander.TryExpandPath(pattern, out string path) && SearchFile(path, match) is { } options) return options;
        }

        return null;
    }

    /// <summary>The conditions of a line that can be judged before the session begins.</summary>
    public bool IsUsable(AuthorizedKeyOptions options) =>
        (options.From is null || options.From.Allows(login.Source.Address)) && (options.ExpiryTime is not { } expiry || login.Time.GetUtcNow() < expiry);

    private AuthorizedKeyOptions? SearchFile(string path, Func<byte[], ICollection<LineProblem>, AuthorizedKeyOptions?> match)
    {
        if (UserFile.Read(path, Account?.Uid ?? 0, MaxFileSize, out string problem) is not { } content)
        {
            if (problem.Length > 0) login.Logger.KeyFileRefused(login.SessionId, PeerText.Escape(user), PeerText.Escape(path), problem);
            return null;
        }

        var problems = new List<LineProblem>();
        AuthorizedKeyOptions? options = match(content, problems);
        foreach (LineProblem line in problems) login.Logger.KeyLineSkipped(login.SessionId, PeerText.Escape(path), line.Line, line.Reason);
        return options;
    }
}
