namespace SshGateway.Server.Relay.Taps;

/// <summary>Makes one tap of any number of them.</summary>
internal static class RelayTaps
{
    /// <exception cref="TapRefusedException">One of the sources refuses the connection; the taps that were open already have ended.</exception>
    public static async ValueTask<IRelayTap?> OpenAsync(IReadOnlyList<IRelayTapSource> sources, TapContext context)
    {
        if (sources.Count == 0) return null;
        var taps = new List<IRelayTap>(sources.Count);
        try
        {
            foreach (IRelayTapSource source in sources)
            {
                if (await source.OpenAsync(context).ConfigureAwait(false) is { } tap) taps.Add(tap);
            }
        }
        catch
        {
            foreach (IRelayTap tap in taps) await tap.EndedAsync().ConfigureAwait(false);
            throw;
        }

        return Join(taps);
    }

    public static IRelayTap? Join(IReadOnlyList<IRelayTap> taps) => taps.Count switch
    {
        0 => null,
        1 => taps[0],
        _ => new JoinedRelayTap([.. taps]),
    };
}
