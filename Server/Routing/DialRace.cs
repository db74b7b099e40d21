using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Health;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Routing;

/// <summary>The dials of one login, side by side. What they find is told to <see cref="HostHealth"/>. Used by one task at a time.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Disposed when the last dial has ended.")]
internal sealed class DialRace(
    Func<HostEndpoint, CancellationToken, Task<DialedDestination>> connect, HostHealth health, TimeSpan checkInterval, string sessionId, TimeProvider time, ILogger logger)
{
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Dictionary<string, Dial> _dials = new(StringComparer.Ordinal);

    public IEnumerable<Dial> Dials => _dials.Values;

    public IEnumerable<Dial> Pending => _dials.Values.Where(dial => !dial.Completion.IsCompleted);

    /// <summary>Failed so far, in the order of their start.</summary>
    public IReadOnlyList<Dial> Failures => [.. _dials.Values.Where(dial => dial.HasFailed).OrderBy(dial => dial.Number)];

    public bool IsBelievedDown(string host) => health.IsBelievedDown(host, checkInterval);

    public Dial? Find(string host) => _dials.GetValueOrDefault(host);

    /// <summary>The dial to a host, begun now unless it was before.</summary>
    public Dial GetOrStart(HostEndpoint host)
    {
        string name = host.ToString();
        if (_dials.TryGetValue(name, out Dial? dial)) return dial;
        dial = new Dial(name, _dials.Count, time.GetTimestamp());
        _dials[name] = dial;
        dial.Completion = Task.Run(() => RunAsync(dial, host));
        return dial;
    }

    /// <summary>Returns when a dial that was pending has come to its end, or the time is over.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny([.. Pending.Select(dial => dial.Completion), Task.Delay(limit, time, wake.Token)]).ConfigureAwait(false);
        await wake.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Closes all but the winner, at once.</summary>
    public async Task AbandonAsync(Dial? winner)
    {
        await _abandoned.CancelAsync().ConfigureAwait(false);
        await CloseAsync(winner).ConfigureAwait(false);
    }

    /// <summary>
    /// Closes all but the winner. Those that have not answered yet are waited for, within their own limits: whether a slow host is
    /// down is worth knowing for the logins to come.
    /// </summary>
    public async Task CloseAsync(Dial? winner)
    {
        foreach (Dial dial in _dials.Values)
        {
            if (dial == winner) continue;
            await dial.Completion.ConfigureAwait(false);
            if (dial.Destination is { } destination) await destination.Transport.DisposeAsync().ConfigureAwait(false);
        }

        _abandoned.Dispose();
    }

    private async Task RunAsync(Dial dial, HostEndpoint host)
    {
        try
        {
            dial.Destination = await connect(host, _abandoned.Token).ConfigureAwait(false);
            health.ReportUp(dial.Host, checkInterval);
        }
        catch (DestinationException e)
        {
            if (e.Kind == FailureKind.HostKey) logger.HostKeyMismatch(sessionId, dial.Host, e.Message);
            else logger.DestinationFailed(sessionId, dial.Host, e.Message);
            if (e.Kind != FailureKind.Local) await health.ReportDownAsync(dial.Host, e.Message).ConfigureAwait(false);
            dial.Failure = e;
        }
        catch (OperationCanceledException e)
        {
            dial.Failure = new DestinationException(FailureKind.Local, $"{dial.Host} is not needed any more", e);
        }
        catch (Exception e)
        {
            logger.InternalError(e, sessionId);
            dial.Failure = new DestinationException(FailureKind.Local, $"{dial.Host}: internal error", e);
        }
    }
}

/// <summary>One host being dialled.</summary>
internal sealed class Dial(string host, int number, long startedAt)
{
    public string Host { get; } = host;

    public int Number { get; } = number;

    public long StartedAt { get; } = startedAt;

    /// <summary>Never faults; afterwards there is a destination or a failure.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    public DialedDestination? Destination { get; set; }

    public DestinationException? Failure { get; set; }

    public bool HasSucceeded => Completion.IsCompleted && Destination is not null;

    public bool HasFailed => Completion.IsCompleted && Failure is not null;
}
