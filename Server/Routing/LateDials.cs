namespace SshGateway.Server.Routing;

/// <summary>Dials that lost their race and have not ended yet. They end by their own limits; there is a bound to their number.</summary>
internal sealed class LateDials
{
    private const int Most = 256;

    private int _races;

    /// <summary>Closes what is left of a race without making the winner wait. When there are too many, the rest is given up at once.</summary>
    public void Follow(DialRace race, Dial winner)
    {
        bool isTooMany = Interlocked.Increment(ref _races) > Most;
        // Nobody awaits it: it neither throws nor outlives the limits of a dial.
        _ = Task.Run(async () =>
        {
            try
            {
                if (isTooMany) await race.AbandonAsync(winner).ConfigureAwait(false);
                else await race.CloseAsync(winner).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _races);
            }
        });
    }
}
