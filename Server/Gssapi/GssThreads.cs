namespace SshGateway.Server.Gssapi;

/// <summary>
/// Runs calls of the library on threads of their own: they read files and ask key servers and name servers, and nothing can end them. A caller waits
/// no longer than its limit; a call that hangs holds one of a few threads, so that no more than this method suffers from it.
/// </summary>
internal static class GssThreads
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private const int MaxThreads = 32;
    private static readonly SemaphoreSlim Free = new(MaxThreads);

    /// <exception cref="GssException">It failed, did not return in time, or there is no thread for it.</exception>
    public static async Task<T> RunAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        long started = Environment.TickCount64;
        if (!await Free.WaitAsync(Limit, cancellationToken).ConfigureAwait(false)) throw new GssException("too many Kerberos calls are at work: a key server or name server may not answer");
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Run(call, result), maxStackSize: 512 * 1024) { IsBackground = true, Name = "gssapi" };
        try
        {
            thread.Start();
        }
        catch
        {
            Free.Release();
            throw;
        }

        TimeSpan left = Limit - TimeSpan.FromMilliseconds(Environment.TickCount64 - started);
        try
        {
            return await result.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new GssException("a Kerberos call took too long: a key server or name server may not answer");
        }
    }

    private static void Run<T>(Func<T> call, TaskCompletionSource<T> result)
    {
        try
        {
            result.SetResult(call());
        }
        catch (Exception e)
        {
            result.SetException(e);
        }
        finally
        {
            Free.Release();
        }
    }
}
