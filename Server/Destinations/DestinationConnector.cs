using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;
using SshGateway.Server.Privileged;
using SshGateway.Server.Relay;

namespace SshGateway.Server.Destinations;

/// <summary>
/// Reaches destinations for one user: connects, exchanges keys and judges the host key; authenticates to the one that was chosen. Several
/// hosts may be dialled side by side.
/// </summary>
internal sealed class DestinationConnector(RouteConfiguration route, DestinationKeyRing keys, DestinationContext context, ILogger logger)
{
    /// <summary>Authenticates to a dialled host as the destination user, on behalf of <paramref name="login"/>.</summary>
    /// <exception cref="DestinationException">The host accepts none of our credentials, or fails.</exception>
    public async Task<ReadyDestination> AuthenticateAsync(DialedDestination dialed, DestinationLogin login, CancellationToken cancellationToken)
    {
        string user = route.Destination.UserFor(login.User, context.Patterns with { Host = dialed.Host.Host });
        var userauth = new UserauthClient(dialed.Transport)
        {
            BannerReceived = text => logger.DestinationBanner(context.SessionId, PeerText.Escape(text)),
        };
        using var credentials = new DestinationCredentials(route, keys, context, logger);
        try
        {
            IReadOnlyList<ClientAuthenticationMethod> methods = await credentials.CreateAsync(dialed, login, user, cancellationToken).ConfigureAwait(false);
            UserauthResult result = await userauth.AuthenticateAsync(user, methods, cancellationToken).ConfigureAwait(false);
            if (result.IsSuccess) return new ReadyDestination(dialed.Host, dialed.Transport, user, result, credentials.NameOf(result));
        }
        catch (Exception e) when (e is SshProtocolException or SshConnectionClosedException)
        {
            await dialed.Transport.DisposeAsync().ConfigureAwait(false);
            throw new DestinationException(FailureKind.Authentication, $"{dialed.Host}: authentication failed: {e.Message}", e);
        }

        await dialed.Transport.DisconnectAsync(DisconnectReason.NoMoreAuthMethodsAvailable, "no more authentication methods").ConfigureAwait(false);
        await dialed.Transport.DisposeAsync().ConfigureAwait(false);
        throw new DestinationException(FailureKind.Authentication, $"{dialed.Host} accepts none of the gateway's credentials for user {PeerText.Escape(user)}");
    }

    /// <summary>Connects to a host and exchanges keys with it. The host key is one that the route trusts.</summary>
    /// <exception cref="DestinationException">It cannot be reached, does not finish in time, or shows another key.</exception>
    public async Task<DialedDestination> DialAsync(HostEndpoint host, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        try
        {
            DialedDestination dialed = await ConnectAndTrustAsync(host, cancellationToken).ConfigureAwait(false);
            SessionMetrics.Dialled(route.Service, null, context.Time.GetElapsedTime(started));
            return dialed;
        }
        catch (DestinationException e)
        {
            SessionMetrics.Dialled(route.Service, e.Kind, context.Time.GetElapsedTime(started));
            throw;
        }
    }

    private async Task<DialedDestination> ConnectAndTrustAsync(HostEndpoint host, CancellationToken cancellationToken)
    {
        var hostKeys = new HostKeyPolicy(route.Destination, context.KnownHosts, context.LearnedHostKeys);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(route.Destination.ConnectTimeout);
        Socket socket = await ConnectAsync(host, limit.Token, cancellationToken).ConfigureAwait(false);
        IPAddress? address = (socket.RemoteEndPoint as IPEndPoint)?.Address;
        IPAddress? local = (socket.LocalEndPoint as IPEndPoint)?.Address;
        SshTransport? transport = null;
        try
        {
            IReadOnlyList<string> known = await hostKeys.KnownAlgorithmsAsync(host, limit.Token).ConfigureAwait(false);
            await ProxyHeaderWriter.WriteAsync(socket, route.Destination.ProxyProtocol, context.Client, limit.Token).ConfigureAwait(false);
            transport = new SshTransport(new NetworkStream(socket, ownsSocket: true), isServer: false, Options(hostKeys, host, address, known));
            // A host that took the connection gets more time for its key exchange: it may be busy, but it is there.
            limit.CancelAfter(route.Destination.ConnectTimeout + context.HandshakeTimeout);
            long connected = context.Time.GetTimestamp();
            await transport.HandshakeAsync(limit.Token).ConfigureAwait(false);
            SessionMetrics.HandshakeEnded(Side.Destination, context.Time.GetElapsedTime(connected));
            return new DialedDestination(host, transport) { SeenFrom = SeenFrom(local) };
        }
        catch (Exception e)
        {
            if (transport is not null) await transport.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw e switch
            {
                DestinationException known => known,
                SshProtocolException { Reason: DisconnectReason.HostKeyNotVerifiable } =>
                    new DestinationException(FailureKind.HostKey, hostKeys.Refusal ?? $"{host}: host key refused", e),
                OperationCanceledException => new DestinationException(FailureKind.Handshake, $"{host} did not finish the key exchange in time", e),
                SshProtocolException or SshConnectionClosedException => new DestinationException(FailureKind.Handshake, $"{host}: {PeerText.Escape(e.Message)}", e),
                _ => new DestinationException(FailureKind.Handshake, $"{host}: the key exchange failed", e),
            };
        }
    }

    /// <summary>Our own address, or the user's where a PROXY header tells that.</summary>
    private IPAddress? SeenFrom(IPAddress? local)
    {
        IPAddress? seen = route.Destination.ProxyProtocol == ProxyHeader.Off ? local : context.Client?.Source.Address ?? local;
        return seen is { IsIPv4MappedToIPv6: true } ? seen.MapToIPv4() : seen;
    }

    private static async Task<Socket> ConnectAsync(HostEndpoint host, CancellationToken limit, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host.Host, host.Port, limit).ConfigureAwait(false);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            return socket;
        }
        catch (Exception e)
        {
            socket?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            string reason = e is SocketException s ? s.Message : "it did not answer in time";
            throw new DestinationException(IsOurs(e) ? FailureKind.Local : FailureKind.Unreachable, $"{host} cannot be reached: {reason}", e);
        }
    }

    /// <summary>No descriptor, no port, no memory: the host has no part in it.</summary>
    private static bool IsOurs(Exception error) => error is SocketException
    {
        SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.AddressNotAvailable or SocketError.NoBufferSpaceAvailable,
    };

    private SshTransportOptions Options(HostKeyPolicy hostKeys, HostEndpoint host, IPAddress? address, IReadOnlyList<string> known) => new()
    {
        Algorithms = OrderHostKeys(context.Algorithms, known),
        SoftwareVersion = context.SoftwareVersion,
        RekeyLimits = context.RekeyLimits,
        VerifyHostKey = (key, token) => hostKeys.JudgeAsync(host, address, key, token),
    };

    /// <summary>Types of keys we know for a host come first, as OpenSSH does: else a host with a new, better key looks unknown.</summary>
    private static AlgorithmPreferences OrderHostKeys(AlgorithmPreferences algorithms, IReadOnlyList<string> known)
    {
        if (known.Count == 0) return algorithms;
        string[] first = [.. algorithms.HostKeys.Where(name => known.Contains(name, StringComparer.Ordinal))];
        return algorithms with { HostKeys = [.. first, .. algorithms.HostKeys.Except(first, StringComparer.Ordinal)] };
    }
}

/// <summary>What a connector needs to know of the session it works for.</summary>
internal sealed record DestinationContext
{
    public required string SessionId { get; init; }

    public required PatternExpander Patterns { get; init; }

    /// <summary>The user's connection, for <c>destination.proxy_protocol</c>; null where the gateway dials for itself.</summary>
    public ProxiedConnection? Client { get; init; }

    public required AlgorithmPreferences Algorithms { get; init; }

    public required RekeyLimits RekeyLimits { get; init; }

    public required KnownHostsFiles KnownHosts { get; init; }

    public required LearnedHostKeys LearnedHostKeys { get; init; }

    /// <summary>The gateway's host keys, for host-based authentication.</summary>
    public required IReadOnlyList<ISshSigner> HostKeys { get; init; }

    /// <summary>The gateway's name, as a destination may look it up.</summary>
    public required Func<string> HostName { get; init; }

    /// <summary>Signs with the user's own keys.</summary>
    public required IPrivilegedHelper Privileged { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Our identification towards the destination.</summary>
    public required string SoftwareVersion { get; init; }

    /// <summary>Time for identification and key exchange, on top of the time to connect.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
