using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>The keys of users in the files of <c>auth.authorized_keys</c>. One instance per connection.</summary>
internal sealed class AuthorizedKeysAuthority(GatewayServices services, GatewaySession session) : IPublicKeyAuthority
{
    private const int MaxFileSize = 4 * 1024 * 1024;
    private const int MinRsaBits = 2048;

    private readonly Dictionary<PublicKey, AuthorizedKeyOptions?> _verdicts = [];

    /// <summary>Called with the user's name when a listed key was queried.</summary>
    public Action<string>? Queried { get; set; }

    /// <summary>The options of the line that lets the key in; null when none does. To be asked with the verified key only.</summary>
    public AuthorizedKeyOptions? OptionsOf(PublicKey key) => _verdicts.GetValueOrDefault(key);

    public ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken)
    {
        // A query and its signed request follow each other: the files are read once.
        if (!_verdicts.TryGetValue(key, out AuthorizedKeyOptions? options))
        {
            options = FindOptions(user, key);
            _verdicts[key] = options;
            if (options is null)
                services.Logger.KeyRefused(session.Id, "publickey", PeerText.Escape(user), session.Source.Address, session.Source.Port, key.KeyType, key.Fingerprint);
        }

        return ValueTask.FromResult(options is not null);
    }

    public void KeyQueried(string user, PublicKey key) => Queried?.Invoke(user);

    private AuthorizedKeyOptions? FindOptions(string user, PublicKey key)
    {
        if (key.RsaBits is > 0 and < MinRsaBits) return null;
        SystemUser? account = UserDirectory.Find(user);
        if (account is null && services.Configuration.Auth.RequireSystemUser) return null;
        var patterns = new PatternExpander { User = user, Home = account?.Home, Uid = account?.Uid, SessionId = session.Id };
        foreach (string pattern in services.Configuration.Auth.AuthorizedKeys)
        {
            if (pattern.Contains("{home}", StringComparison.Ordinal) && account is null) continue;
            if (patterns.TryExpandPath(pattern, out string path) && FindIn(path, user, account?.Uid ?? 0, key) is { } options) return options;
        }

        return null;
    }

    private AuthorizedKeyOptions? FindIn(string path, string user, uint owner, PublicKey key)
    {
        if (UserFile.Read(path, owner, MaxFileSize, out string problem) is not { } content)
        {
            if (problem.Length > 0) services.Logger.KeyFileRefused(session.Id, PeerText.Escape(user), PeerText.Escape(path), problem);
            return null;
        }

        var problems = new List<LineProblem>();
        IReadOnlyList<AuthorizedKeyEntry> entries = AuthorizedKeys.Find(content, key, problems);
        foreach (LineProblem line in problems) services.Logger.KeyLineSkipped(session.Id, PeerText.Escape(path), line.Line, line.Reason);
        foreach (AuthorizedKeyEntry entry in entries)
        {
            if (Permits(entry.Options)) return entry.Options;
        }

        return null;
    }

    /// <summary>The conditions of a line that can be judged before the session begins.</summary>
    private bool Permits(AuthorizedKeyOptions options) =>
        (options.From is null || options.From.Allows(session.Source.Address)) && (options.ExpiryTime is not { } expiry || services.Time.GetUtcNow() < expiry);
}
