using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;
using SshGateway.Server.Relay;

namespace SshGateway.Server.Listeners;

/// <summary>The live state of one client connection.</summary>
internal sealed class GatewaySession(Socket socket, SshTransport client, IPEndPoint source, IPEndPoint local, ILogger gatewayLog, long startedAt)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RelayPair? _relay;

    /// <summary>Ten hexadecimal digits that name the session in every log line.</summary>
    public string Id { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(5));

    /// <summary>The client's address; behind a trusted proxy, as that tells.</summary>
    public IPEndPoint Source { get; } = source;

    /// <summary>The address the client came to; behind a trusted proxy, as that tells.</summary>
    public IPEndPoint Local { get; } = local;

    /// <summary>The log of this session.</summary>
    public SessionLogger Log { get; } = new(gatewayLog);

    public SshTransport Client { get; } = client;

    public long StartedAt { get; } = startedAt;

    public string User { get; set; } = "";

    /// <summary>Failed tries to log in.</summary>
    public int FailedAttempts { get; set; }

    public bool IsAuthenticated { get; set; }

    /// <summary>What the end of the login says of the client.</summary>
    public LoginOutcome Outcome { get; set; }

    /// <summary>Logs the transferred bytes from time to time; null where that is not wanted.</summary>
    public TransferLog? Transfers { get; set; }

    /// <summary>Reports what is relayed to the metrics.</summary>
    public RelayMeter? Meter { get; set; }

    public RelayPair? Relay
    {
        get => Volatile.Read(ref _relay);
        set => Volatile.Write(ref _relay, value);
    }

    /// <summary>Completes when nothing of the session is left.</summary>
    public Task Ended => _ended.Task;

    public void SetEnded() => _ended.TrySetResult();

    /// <summary>The client has closed its connection, as far as can be known without reading from it.</summary>
    public bool HasLeft
    {
        get
        {
            try
            {
                return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>Once a second.</summary>
    public void Tick()
    {
        if (Relay is not { } relay) return;
        relay.Tick();
        Transfers?.Tick(relay.DataBytes);
        Meter?.Report();
    }

    /// <summary>Ends the session with a reason for the user.</summary>
    public Task EndAsync(string reason) =>
        Relay is { } relay
            ? relay.EndAsync(DisconnectReason.ByApplication, reason)
            : Client.DisconnectAsync(DisconnectReason.ByApplication, reason);
}
