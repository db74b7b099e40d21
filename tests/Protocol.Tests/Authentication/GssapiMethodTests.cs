using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Authentication;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Authentication;

/// <summary>gssapi-with-mic (RFC 4462 §3) with a mechanism of the tests' own: our client against our server, and raw messages against it.</summary>
public sealed class GssapiMethodTests : IAsyncLifetime
{
    private readonly Acceptors _acceptors = new();
    private readonly TransportPair _pair = TransportPair.Create();
    private Task<AuthenticatedUser>? _server;

    public Task InitializeAsync() => _pair.HandshakeAsync();

    public async Task DisposeAsync()
    {
        await _pair.DisposeAsync();
        if (_server is not null) await ((Task)_server).WaitAsync(TransportPair.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Tokens_go_to_and_fro_until_the_mic_lets_the_user_in(int rounds)
    {
        _acceptors.Rounds = rounds;
        var method = new GssapiClientMethod(new Initiator(rounds));
        UserauthResult result = await RunAsync(method);
        Assert.Equal((GssapiMessages.MethodName, "user@TEST", method), (result.Method, result.Detail, result.Used));
        AuthenticatedUser user = await _server!.WaitAsync(TransportPair.Patience);
        Assert.Equal(("user", GssapiMessages.MethodName, null), (user.Name, user.Method, user.Key));
        Assert.Equal(1, _acceptors.Disposed);
    }

    [Fact]
    public async Task A_refusal_at_the_end_is_a_failure_like_any_other()
    {
        _acceptors.IsAccepted = false;
        var method = new GssapiClientMethod(new Initiator(1));
        Assert.False((await RunAsync(method)).IsSuccess);
        Assert.Null(method.Error);
        Assert.Equal(1, _acceptors.Disposed);
    }

    [Fact]
    public async Task An_error_of_the_acceptor_reaches_the_client_in_words()
    {
        _acceptors.Error = new GssapiError(0xd0000, 7, "clock skew too great");
        var method = new GssapiClientMethod(new Initiator(1));
        Assert.False((await RunAsync(method)).IsSuccess);
        Assert.Equal(_acceptors.Error, method.Error);
    }

    [Fact]
    public async Task A_client_without_tickets_does_not_ask()
    {
        var method = new GssapiClientMethod(new Initiator(1) { Error = new GssapiError(0xd0000, 1, "no ticket") });
        Assert.False((await RunAsync(method)).IsSuccess);
        Assert.Equal(0, _acceptors.Begun);
        Assert.Equal("no ticket", method.Error!.Message);
    }

    [Fact]
    public async Task A_client_that_fails_midway_says_so_and_goes_on()
    {
        _acceptors.Rounds = 3;
        var method = new GssapiClientMethod(new Initiator(3) { ErrorAt = 2 });
        Assert.False((await RunAsync(method)).IsSuccess);
        // An error token has no answer: the server waits for another request, or the end.
        await _pair.Client.DisconnectAsync(DisconnectReason.ByApplication, "bye");
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => _server!.WaitAsync(TransportPair.Patience));
        Assert.Equal(1, _acceptors.Disposed);
    }

    [Fact]
    public async Task Mechanisms_that_are_not_known_are_a_failure()
    {
        await StartAsync();
        Assert.Equal((byte)MessageId.UserauthFailure, (await AskAsync(Request([0x06, 0x01, 0x55])))[0]);
        Assert.Equal((byte)MessageId.UserauthGssapiResponse, (await AskAsync(Request([0x06, 0x01, 0x55], Acceptors.Oid)))[0]);
    }

    [Fact]
    public async Task A_mic_of_other_data_or_of_no_context_lets_nobody_in()
    {
        await StartAsync();
        await AskAsync(Request(Acceptors.Oid));
        await AskAsync(Message(MessageId.UserauthGssapiToken, "token 1"u8));
        byte[] wrong = Mic(GssapiMessages.MicData(_pair.Client, "root"));
        Assert.Equal((byte)MessageId.UserauthFailure, (await AskAsync(Message(MessageId.UserauthGssapiMic, wrong)))[0]);

        // The context ended with the refusal: the right MIC is out of order now.
        await Assert.ThrowsAnyAsync<SshConnectionClosedException>(() => AskAsync(Message(MessageId.UserauthGssapiMic, Mic(GssapiMessages.MicData(_pair.Client, "user")))));
    }

    [Fact]
    public async Task A_context_without_a_mic_lets_nobody_in()
    {
        await StartAsync();
        await AskAsync(Request(Acceptors.Oid));
        await AskAsync(Message(MessageId.UserauthGssapiToken, "token 1"u8));
        Assert.Equal((byte)MessageId.UserauthFailure, (await AskAsync([(byte)MessageId.UserauthGssapiExchangeComplete]))[0]);
    }

    [Theory]
    [InlineData(MessageId.UserauthGssapiMic)]
    [InlineData(MessageId.UserauthGssapiExchangeComplete)]
    [InlineData(MessageId.UserauthGssapiResponse)]
    [InlineData(MessageId.UserauthGssapiError)]
    [InlineData(MessageId.ChannelOpen)]
    public async Task Messages_before_their_time_end_the_connection(MessageId id)
    {
        await StartAsync();
        await AskAsync(Request(Acceptors.Oid));
        await Assert.ThrowsAnyAsync<SshConnectionClosedException>(() => AskAsync(Message(id, Mic(GssapiMessages.MicData(_pair.Client, "user")))));
        await Assert.ThrowsAsync<SshProtocolException>(() => _server!);
        Assert.Equal(1, _acceptors.Disposed);
    }

    [Fact]
    public async Task Tokens_without_end_are_a_failure()
    {
        _acceptors.Rounds = int.MaxValue;
        await StartAsync();
        await AskAsync(Request(Acceptors.Oid));
        byte[] answer = [];
        for (int i = 0; i < GssapiMessages.MaxTokens; i++) answer = await AskAsync(Message(MessageId.UserauthGssapiToken, "token"u8));
        Assert.Equal((byte)MessageId.UserauthGssapiToken, answer[0]);
        Assert.Equal((byte)MessageId.UserauthFailure, (await _pair.Client.ReadMessageAsync(CancellationToken.None).AsTask().WaitAsync(TransportPair.Patience))[0]);
    }

    [Fact]
    public async Task Another_request_abandons_the_exchange()
    {
        await StartAsync();
        await AskAsync(Request(Acceptors.Oid));
        await AskAsync(Message(MessageId.UserauthGssapiToken, "token 1"u8));
        Assert.Equal((byte)MessageId.UserauthGssapiResponse, (await AskAsync(Request(Acceptors.Oid)))[0]);
        Assert.Equal((2, 1), (_acceptors.Begun, _acceptors.Disposed));
    }

    [Fact]
    public void Every_truncated_request_is_a_breach_of_the_protocol()
    {
        byte[] request = Request(Acceptors.Oid);
        var whole = new UserauthRequest("user", GssapiMessages.MethodName, request, request.Length - 4 - 4 - Acceptors.Oid.Length);
        for (int cut = whole.FieldsAt; cut < request.Length; cut++)
        {
            UserauthRequest truncated = whole with { Message = request[..cut] };
            Assert.ThrowsAny<SshProtocolException>(() => new GssapiServerMethod(_acceptors).HandleAsync(truncated, _pair.Server, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        }
    }

    private async Task<UserauthResult> RunAsync(GssapiClientMethod method)
    {
        _server = Serve();
        UserauthResult result = await new UserauthClient(_pair.Client).AuthenticateAsync("user", [method], CancellationToken.None).WaitAsync(TransportPair.Patience);
        return result;
    }

    private async Task StartAsync()
    {
        _server = Serve();
        await AskAsync([(byte)MessageId.ServiceRequest, .. RawPeer.EncodeString("ssh-userauth"u8)]);
    }

    private Task<AuthenticatedUser> Serve() => Task.Run(async () =>
    {
        var server = new UserauthServer(_pair.Server, [new GssapiServerMethod(_acceptors)], new UserauthServerOptions());
        try
        {
            AuthenticatedUser user = await server.RunAsync(CancellationToken.None);
            server.Accept();
            _pair.Server.FlushInBackground();
            return user;
        }
        catch (SshProtocolException e)
        {
            await _pair.Server.DisconnectAsync(e.Reason, e.Message);
            throw;
        }
    });

    private async Task<byte[]> AskAsync(byte[] message)
    {
        _pair.Client.Write(message);
        return await _pair.Client.ReadMessageAsync(CancellationToken.None).AsTask().WaitAsync(TransportPair.Patience);
    }

    private static byte[] Request(params byte[][] mechanisms) =>
    [
        (byte)MessageId.UserauthRequest, .. RawPeer.EncodeString("user"u8), .. RawPeer.EncodeString("ssh-connection"u8),
        .. RawPeer.EncodeString(Encoding.ASCII.GetBytes(GssapiMessages.MethodName)), 0, 0, 0, (byte)mechanisms.Length,
        .. mechanisms.SelectMany(mechanism => RawPeer.EncodeString(mechanism)),
    ];

    private static byte[] Message(MessageId id, ReadOnlySpan<byte> text) => [(byte)id, .. RawPeer.EncodeString(text)];

    private static byte[] Mic(ReadOnlyMemory<byte> data) => HMACSHA256.HashData("key"u8, data.Span);

    private sealed class Acceptors : IGssapiAuthority
    {
        public static readonly byte[] Oid = [0x06, 0x03, 0x55, 0x01, 0x02];

        public int Rounds { get; set; } = 1;

        public bool IsAccepted { get; set; } = true;

        public GssapiError? Error { get; set; }

        public int Begun { get; private set; }

        public int Disposed { get; private set; }

        public ReadOnlyMemory<byte> Mechanism => Oid;

        public IGssapiAcceptor Begin(string user)
        {
            Begun++;
            return new Acceptor(this);
        }

        private sealed class Acceptor(Acceptors owner) : IGssapiAcceptor
        {
            private int _round;

            public ValueTask<GssapiStep> StepAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
            {
                byte[] answer = Encoding.ASCII.GetBytes($"answer {++_round}");
                return ValueTask.FromResult(owner.Error is null ? new GssapiStep(answer, _round == owner.Rounds) : new GssapiStep("oh"u8.ToArray(), false, owner.Error));
            }

            public ValueTask<bool> IsAcceptedAsync(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> mic, CancellationToken cancellationToken) =>
                ValueTask.FromResult(owner.IsAccepted && mic.Span.SequenceEqual(Mic(data)));

            public ValueTask DisposeAsync()
            {
                owner.Disposed++;
                return ValueTask.CompletedTask;
            }
        }
    }

    private sealed class Initiator(int rounds) : IGssapiInitiator
    {
        private int _round;

        public GssapiError? Error { get; init; }

        public int ErrorAt { get; init; }

        public ReadOnlyMemory<byte> Mechanism => Acceptors.Oid;

        public string Principal => "user@TEST";

        public ValueTask<GssapiStep> StepAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
        {
            if (Error is not null) return ValueTask.FromResult(new GssapiStep(default, false, Error));
            Assert.Equal(_round == 0 ? "" : $"answer {_round}", Encoding.ASCII.GetString(token.Span));
            if (++_round == ErrorAt) return ValueTask.FromResult(new GssapiStep("broken"u8.ToArray(), false, new GssapiError(1, 2, "broken")));
            // Complete with the acceptor's last answer.
            return ValueTask.FromResult(_round > rounds ? new GssapiStep(default, true) : new GssapiStep(Encoding.ASCII.GetBytes($"token {_round}"), false));
        }

        public ValueTask<ReadOnlyMemory<byte>> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            ValueTask.FromResult<ReadOnlyMemory<byte>>(Mic(data));
    }
}
