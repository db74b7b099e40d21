using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;

namespace SshGateway.Server.Listeners;

/// <summary>The live state of one client connection.</summary>
internal sealed class GatewaySession(Socket socket, SshTransport client, long startedAt)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RelayPair? _relay;

    /// <summary>Ten hexadecimal digits that name the session in every log line.</summary>
    public string Id { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(5));

    public IPEndPoint Source { get; } = Plain((IPEndPoint)socket.RemoteEndPoint!);

    /// <summary>The listening address the client came to.</summary>
    public IPEndPoint Local { get; } = Plain((IPEndPoint)socket.LocalEndPoint!);

    public SshTransport Client { get; } = client;

    public long StartedAt { get; } = startedAt;

    public string User { get; set; } = "";

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
    public void Tick() => Relay?.Tick();

    /// <summary>Ends the session with a reason for the user.</summary>
    public Task EndAsync(string reason) =>
        Relay is { } relay
            ? relay.EndAsync(DisconnectReason.ByApplication, reason)
            : Client.DisconnectAsync(DisconnectReason.ByApplication, reason);

    private static IPEndPoint Plain(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
