using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay;

/// <summary>
/// One client connection joined to one destination connection. Decrypted messages are forwarded with the channel number rewritten;
/// what concerns one leg alone is dealt with here. See docs/decisions/0002-relay.md.
/// </summary>
/// <remarks>
/// Both pumps call <see cref="Handle"/>. <see cref="_lock"/> guards channels and reply queues and is held while control messages are
/// written, so that replies keep their order; it is always taken before a transport's own lock.
/// </remarks>
internal sealed partial class RelayPair
{
    private readonly Lock _lock = new();
    private Task? _ending;
    private readonly SshTransport _client;
    private readonly SshTransport _destination;
    private readonly IRelayPolicy _policy;
    private readonly IReadOnlyList<ISshSigner> _hostKeys;
    private readonly ChannelTable _channels;

    /// <summary>Extensions that only OpenSSH peers expect are kept from others.</summary>
    private readonly bool _destinationIsOpenSsh;

    public RelayPair(SshTransport client, SshTransport destination, IRelayPolicy policy, IReadOnlyList<ISshSigner> hostKeys, RelayLimits limits)
    {
        _client = client;
        _destination = destination;
        _policy = policy;
        // A certificate is no key of its own: clients learn and remember what is below it.
        _hostKeys = [.. hostKeys.Where(key => key.PublicKey is not Certificate)];
        _channels = new ChannelTable(limits.MaxChannels);
        _destinationIsOpenSsh = destination.PeerIsOpenSsh;
        _tapPatience = limits.TapPatience;
        _destinationProbe = new LivenessProbe(limits.KeepaliveInterval, limits.KeepaliveCount);
    }

    /// <summary>Who looks on; not given: nobody.</summary>
    public IRelayTap? Tap
    {
        init
        {
            _tap = value;
            _ended = value is null ? null : new CancellationTokenSource();
        }
    }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Bytes of channel data from the client and from the destination.</summary>
    public (ulong FromClient, ulong FromDestination) DataBytes => (Volatile.Read(ref _dataFromClient), Volatile.Read(ref _dataFromDestination));

    private ulong _dataFromClient;
    private ulong _dataFromDestination;

    /// <summary>Runs until either side ends; then the other is told why and both are closed.</summary>
    public async Task<RelayEnd> RunAsync()
    {
        NoteActivity();
        _tap?.Attached(this);
        try
        {
            return await RelayAsync().ConfigureAwait(false);
        }
        finally
        {
            await EndTapAsync().ConfigureAwait(false);
        }
    }

    private async Task<RelayEnd> RelayAsync()
    {
        await PrepareProofsAsync().ConfigureAwait(false);
        AnnounceHostKeys();
        _client.FlushInBackground();
        try
        {
            TakeOverHeld();
        }
        catch (SshProtocolException e)
        {
            var broken = RelayEnd.From(Side.Client, e);
            await CloseAsync(broken).ConfigureAwait(false);
            return broken;
        }

        // A busy pump completes synchronously and would never return here.
        var clientPump = new RelayPump(this, Side.Client, _client, _destination);
        var destinationPump = new RelayPump(this, Side.Destination, _destination, _client);
        Task fromClient = Task.Run(clientPump.RunAsync);
        Task fromDestination = Task.Run(destinationPump.RunAsync);
        Task first = await Task.WhenAny(fromClient, fromDestination).ConfigureAwait(false);
        Side side = first == fromClient ? clientPump.Blame : destinationPump.Blame;
        RelayEnd end = RelayEnd.From(side, first.Exception?.GetBaseException());
        if (_ended is not null) await _ended.CancelAsync().ConfigureAwait(false);
        await CloseAsync(end).ConfigureAwait(false);
        await Task.WhenAll(fromClient, fromDestination).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return end;
    }

    /// <summary>Ends the connection from outside (shutdown, kill): both peers get the reason.</summary>
    public Task EndAsync(DisconnectReason reason, string message)
    {
        lock (_lock)
        {
            return _ending ??= Task.WhenAll(
                _client.DisconnectAsync(reason, message), _destination.DisconnectAsync(DisconnectReason.ByApplication, message));
        }
    }

    /// <summary>Begins a key exchange on a leg whose limits are reached, but only while the other leg has none: two exchanges begun by us would wait for each other.</summary>
    public void RenewKeysWhereDue()
    {
        if (!_client.NeedsRekey && !_destination.NeedsRekey) return;
        lock (_lock)
        {
            if (_client.NeedsRekey && !_destination.IsExchangingKeys) Rekey(_client);
            else if (_destination.NeedsRekey && !_client.IsExchangingKeys) Rekey(_destination);
        }
    }

    private static void Rekey(SshTransport transport)
    {
        transport.StartRekey();
        transport.FlushInBackground();
    }

    private SshTransport Transport(Side side) => side == Side.Client ? _client : _destination;

    private async Task CloseAsync(RelayEnd end)
    {
        Task? ending;
        lock (_lock) ending = _ending;
        if (ending is not null)
        {
            // The pumps end because of it; whoever closed the connections now would cut the reason off.
            await ending.ConfigureAwait(false);
            return;
        }

        Task client = end.Side == Side.Client && !end.TellOrigin ? Close(_client) : _client.DisconnectAsync(end.ReasonForClient, end.MessageForClient);
        Task destination = end.Side == Side.Destination && !end.TellOrigin
            ? Close(_destination)
            : _destination.DisconnectAsync(end.ReasonForDestination, end.MessageForDestination);
        await Task.WhenAll(client, destination).ConfigureAwait(false);
    }

    private static Task Close(SshTransport transport)
    {
        transport.Abort();
        return Task.CompletedTask;
    }
}

/// <summary>Bounds of one relayed connection.</summary>
internal sealed record RelayLimits
{
    public int MaxChannels { get; init; } = 1024;

    /// <summary>Silence after which the destination is asked for a sign of life; zero: never.</summary>
    public TimeSpan KeepaliveInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Unanswered questions after which the destination counts as lost.</summary>
    public int KeepaliveCount { get; init; } = 3;

    /// <summary>Longest that an exit status waits for a recording.</summary>
    public TimeSpan TapPatience { get; init; } = TimeSpan.FromSeconds(10);
}
