using System.Collections.Concurrent;
using System.Security.Cryptography;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>
/// Reads files of users as those users. A file system that hangs holds a thread of a user's, of which each has a few, so that it
/// is his trouble alone.
/// </summary>
internal sealed class UserFileReader
{
    private const int MaxKeyFile = 64 * 1024;
    private const int ThreadsPerUser = 4;
    private const int ThreadsInAll = 64;

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<uint, int> _threads = new();
    private int _inAll;

    public async Task<UserFileContent> ReadAsync(SystemUser user, string path, int maxSize, CancellationToken cancellationToken)
    {
        string home = user.Home;
        (byte[]? content, string problem) = await AsUserAsync(
            user, () => (UserFile.Read(path, new UserFileRules(user.Uid, maxSize) { Home = home }, out string why), why), cancellationToken).ConfigureAwait(false);
        return new UserFileContent(content, problem);
    }

    /// <summary>The private key; null with a reason, which is empty when there is no such file. The caller disposes the key.</summary>
    public async Task<(PrivateKey? Key, string Problem)> ReadKeyAsync(SystemUser user, string path, CancellationToken cancellationToken)
    {
        string home = user.Home;
        (byte[]? content, string problem) = await AsUserAsync(
            user, () => (UserFile.Read(path, new UserFileRules(user.Uid, MaxKeyFile) { Home = home, IsSecret = true }, out string why), why), cancellationToken).ConfigureAwait(false);
        if (content is null) return (null, problem);
        try
        {
            // Here the thread is the helper's own again: whatever the file holds is parsed without anybody's identity.
            return (PrivateKey.Parse(content), "");
        }
        catch (KeyFileException e)
        {
            return (null, e.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private async Task<T> AsUserAsync<T>(SystemUser user, Func<T> read, CancellationToken cancellationToken)
    {
        if (!TryEnter(user.Uid)) throw new PrivilegedHelperException($"too many files of user {user.Uid} are being read: his file system may hang");
        Task<T> reading;
        try
        {
            reading = UserIdentity.RunAsync(user, read);
        }
        catch
        {
            Leave(user.Uid);
            throw;
        }

        _ = reading.ContinueWith(_ => Leave(user.Uid), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            return await reading.WaitAsync(Limit, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new PrivilegedHelperException("the file was not read in time: the user's file system may hang");
        }
    }

    private bool TryEnter(uint uid)
    {
        if (Interlocked.Increment(ref _inAll) <= ThreadsInAll)
        {
            if (_threads.AddOrUpdate(uid, 1, (_, count) => count + 1) <= ThreadsPerUser) return true;
            Leave(uid);
            return false;
        }

        Interlocked.Decrement(ref _inAll);
        return false;
    }

    private void Leave(uint uid)
    {
        Interlocked.Decrement(ref _inAll);
        if (_threads.AddOrUpdate(uid, 0, (_, count) => count - 1) <= 0) _threads.TryRemove(KeyValuePair.Create(uid, 0));
    }
}
