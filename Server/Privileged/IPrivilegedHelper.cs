using SshGateway.Protocol.Keys;

namespace SshGateway.Server.Privileged;

/// <summary>What needs rights that the process on the network does not have.</summary>
internal enum PrivilegedTask { Authenticate, ReadUserFiles, SignWithUserKeys, RunCommands, StoreTickets }

/// <summary>
/// The few things that are done with other rights than the gateway's own: by <c>sshgateway authd</c>, or in this process as far as
/// that goes without it. Thread-safe; every call stands for itself.
/// </summary>
/// <remarks>
/// Every method throws <see cref="PrivilegedHelperException"/> when the task cannot be done here (<see cref="Missing"/> says so
/// beforehand), when the helper cannot be reached, or when it refuses; its message is for the log.
/// </remarks>
internal interface IPrivilegedHelper : IAsyncDisposable
{
    /// <summary>Null when the task can be done, else why not, in words for the log.</summary>
    string? Missing(PrivilegedTask task);

    /// <summary>Null when whoever does the tasks answers now, else why not.</summary>
    ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    /// <summary>Begins a PAM conversation; dispose it in any case. Nothing was asked yet when this returns.</summary>
    Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a file as the user: regular files only, owned by him or root, not writable by others, nor may the folders between his home and
    /// the file be. The path must be one that the configuration names (<c>auth.authorized_keys</c>, <c>auth.authorized_principals</c>).
    /// </summary>
    Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken);

    /// <summary>
    /// The public halves of those of the user's private keys that can be used, in the order of <paramref name="paths"/>. Paths that
    /// the configuration does not name (<c>destination.user_keys</c>) are refused.
    /// </summary>
    Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>
    /// Signs with a private key of the user, which never leaves the helper. <paramref name="data"/> must be what a publickey
    /// authentication request signs (RFC 4252 §7, or publickey-hostbound) with that key; nothing else is signed.
    /// </summary>
    /// <returns>The signature blob (<c>string algorithm, string signature</c>).</returns>
    Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Starts a command as the user, without standard input. Dispose it: that ends what is left of it.</summary>
    Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken);

    /// <summary>Stores Kerberos tickets in a file of the user's, for commands that run as him. Dispose it: that deletes the file.</summary>
    /// <param name="user">Whose they are.</param>
    /// <param name="cache">The content of a credential cache file; at most <see cref="MaxTickets"/> bytes.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken);

    /// <summary>Largest credential cache that is stored.</summary>
    const int MaxTickets = 100 * 1024;
}

/// <summary>A file with a user's tickets, for as long as this is not disposed.</summary>
internal interface IStoredTickets : IAsyncDisposable
{
    /// <summary>Path of the file.</summary>
    string Path { get; }
}

/// <summary>A file of a user. <see cref="Content"/> is null when there is none to be had; the problem is empty for a file that is not there.</summary>
internal sealed record UserFileContent(byte[]? Content, string Problem);

/// <summary>A private key file of a user that can be signed with.</summary>
internal sealed record UserKey(string Path, PublicKey PublicKey);

/// <summary>Keys that can be used, and why others that are there cannot (one text a file, for the log).</summary>
internal sealed record UserKeyList(IReadOnlyList<UserKey> Keys, IReadOnlyList<string> Problems);
