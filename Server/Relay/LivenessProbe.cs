namespace SshGateway.Server.Relay;

/// <summary>What a liveness probe wants done.</summary>
internal enum ProbeAction
{
    None,
    Ask,
    GiveUp,
}

/// <summary>
/// Notices a peer that fell silent, from the byte count of its leg alone: nothing is done per packet, and no timer is kept per
/// connection (one tick a second serves all).
/// </summary>
internal struct LivenessProbe(TimeSpan interval, int maxUnanswered)
{
    private readonly int _intervalTicks = interval <= TimeSpan.Zero ? 0 : Math.Max(1, (int)Math.Round(interval.TotalSeconds));
    private ulong _lastBytes;
    private int _silentTicks;
    private int _unanswered;

    /// <summary>Called once a second with the bytes received so far.</summary>
    public ProbeAction Tick(ulong bytesReceived)
    {
        if (_intervalTicks == 0) return ProbeAction.None;
        if (bytesReceived != _lastBytes)
        {
            _lastBytes = bytesReceived;
            _silentTicks = 0;
            _unanswered = 0;
            return ProbeAction.None;
        }

        if (++_silentTicks < _intervalTicks) return ProbeAction.None;
        _silentTicks = 0;
        return ++_unanswered > maxUnanswered ? ProbeAction.GiveUp : ProbeAction.Ask;
    }
}
