using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;

namespace SshGateway.Server.Listeners;

/// <summary>Who may come in: PROXY headers of trusted proxies, penalties, limits of unauthenticated connections. Says why not in a bounded number of lines.</summary>
internal sealed class FrontDoor
{
    /// <summary>Connections of proxies whose header has not come yet; more are closed.</summary>
    private const int MaxWaiting = 4096;

    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(5);

    /// <summary>Refusals are logged one by one at most that often, and counted between.</summary>
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Admission _admission;
    private readonly Penalties _penalties;
    private readonly RareLines _refusals;
    private readonly RareLines _badHeaders;
    private int _waiting;

    public FrontDoor(LimitsConfiguration limits, ILogger log, TimeProvider time)
    {
        _log = log;
        _time = time;
        _admission = new Admission(limits, Random.Shared.Next);
        _penalties = new Penalties(time);
        _refusals = new RareLines(LogInterval, time);
        _badHeaders = new RareLines(LogInterval, time);
    }

    /// <summary>Those of the configuration in force.</summary>
    public LimitsConfiguration Limits
    {
        get => _admission.Limits;
        set => _admission.Limits = value;
    }

    public static bool IsProxy(IPAddress address, GatewayConfiguration configuration)
    {
        foreach (IPNetwork network in configuration.ProxyProtocol)
        {
            if (network.Contains(address)) return true;
        }

        return false;
    }

    /// <summary>Reads the header that a trusted proxy must send first; null when it speaks for itself.</summary>
    /// <exception cref="ProxyHeaderException">It is missing or malformed.</exception>
    /// <exception cref="OperationCanceledException">It did not come in time.</exception>
    public async Task<ProxiedConnection?> ReadHeaderAsync(Socket socket, IPEndPoint proxy, CancellationToken stopping)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MaxWaiting) throw new ProxyHeaderException("too many connections of proxies are waiting for theirs");
            using var limit = new CancellationTokenSource(HeaderTime, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
            return await ProxyHeaderReader.ReadAsync(socket, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ProxyHeaderException or OperationCanceledException)
        {
            ServerMetrics.Refused("proxy_header");
            if (!stopping.IsCancellationRequested && _badHeaders.IsDue()) _log.ProxyHeaderRefused(proxy, e is ProxyHeaderException ? e.Message : "it did not come in time");
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Counts a connection in, or closes it with a word. Whoever was counted in must be counted out by <see cref="Leave"/>, once.</summary>
    public bool TryEnter(Socket socket, IPEndPoint source)
    {
        TimeSpan left = _penalties.Refusal(source.Address, Limits.Penalties, out bool isFirst);
        if (left > TimeSpan.Zero)
        {
            if (isFirst) _log.Refused(source, $"penalised for another {Math.Ceiling(left.TotalSeconds)} s");
            ServerMetrics.Refused("penalty");
            Close(socket, "Not allowed at this time\r\n"u8);
            return false;
        }

        if (_admission.TryEnter(source.Address, out string refusal)) return true;
        if (_refusals.IsDue()) _log.Refused(source, refusal);
        ServerMetrics.Refused("limit");
        Close(socket, "Exceeded MaxStartups\r\n"u8);
        return false;
    }

    public void Leave(IPAddress source) => _admission.Leave(source);

    public void Report(IPAddress source, LoginOutcome outcome)
    {
        TimeSpan penalty = _penalties.Report(source, outcome, Limits.Penalties);
        if (penalty > TimeSpan.Zero) ServerMetrics.Penalised(outcome);
        // A probe that came and left is not worth a line.
        if (penalty > TimeSpan.Zero && outcome != LoginOutcome.NoAttempt) _log.Penalised(source.ToString(), penalty.TotalSeconds, Name(outcome));
    }

    public void Tick()
    {
        if (_refusals.TakeSuppressed() is > 0 and int refused) _log.RefusedSummary(refused, "too many unauthenticated connections");
        if (_badHeaders.TakeSuppressed() is > 0 and int headers) _log.RefusedSummary(headers, "no valid PROXY header");
    }

    private static string Name(LoginOutcome outcome) => outcome switch
    {
        LoginOutcome.Failed => "failed authentication",
        LoginOutcome.GraceExceeded => "login grace time exceeded",
        _ => "breach of the protocol",
    };

    // As sshd says it: clients show a line that comes before the identification. Nobody waits for a peer that does not read.
    private static void Close(Socket socket, ReadOnlySpan<byte> word)
    {
        try
        {
            socket.Blocking = false;
            socket.Send(word, SocketFlags.None, out _);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has left.
        }

        socket.Dispose();
    }
}

/// <summary>Lets one line through per interval and counts the others.</summary>
internal sealed class RareLines(TimeSpan interval, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private int _suppressed;

    public bool IsDue()
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now >= _next)
            {
                _next = now + interval;
                return true;
            }

            _suppressed++;
            return false;
        }
    }

    /// <summary>How many there were since the last line, once the interval is over.</summary>
    public int TakeSuppressed()
    {
        lock (_lock)
        {
            if (_suppressed == 0 || time.GetUtcNow() < _next) return 0;
            int count = _suppressed;
            _suppressed = 0;
            return count;
        }
    }
}
