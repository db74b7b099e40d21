using SshGateway.Protocol.Keys;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Privileged;

/// <summary>
/// A gateway without a helper: users' files are read as far as this process may read them, nothing else can be done.
/// </summary>
internal sealed class NoPrivilege : IPrivilegedHelper
{
    private const string Reason = "sshgateway was not started as root and has no helper (sshgateway authd)";

    public string? Missing(PrivilegedTask task) => task is PrivilegedTask.ReadUserFiles or PrivilegedTask.StoreTickets ? null : Reason;

    public Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken) => throw new PrivilegedHelperException(Reason);

    public Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken) =>
        Task.FromResult(new UserFileContent(UserFile.Read(path, UserDirectory.Find(user)?.Uid ?? 0, maxSize, out string problem), problem));

    public Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        throw new PrivilegedHelperException(Reason);

    public Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        throw new PrivilegedHelperException(Reason);

    public Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken) => throw new PrivilegedHelperException(Reason);

    /// <summary>Commands run as the gateway's own user then, and so does this.</summary>
    public Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken) =>
        Task.FromResult<IStoredTickets>(TicketFile.Create(SystemCalls.geteuid(), cache.Span));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
