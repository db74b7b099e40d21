namespace SshGateway.Interop.Tests.Harness;

/// <summary>Waits for a condition of another process, which cannot signal us, up to a deadline.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task BecomesTrueAsync(Func<bool> condition, string what, TimeSpan? patience = null) =>
        await BecomesTrueAsync(() => Task.FromResult(condition()), what, patience);

    public static async Task BecomesTrueAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException exception)
            {
                throw new TimeoutException($"{what}: not within {(patience ?? Patience).TotalSeconds} s", exception);
            }
        }
    }
}
