using System.Buffers.Binary;
using System.Text;
using SshGateway.Protocol.Authentication;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Authentication;

/// <summary>Password, keyboard-interactive, hostbased and combinations: our client against our server.</summary>
public sealed class ServerMethodTests : IAsyncLifetime
{
    private readonly Checker _checker = new();
    private TransportPair _pair = null!;
    private Task<AuthenticatedUser> _server = null!;

    public async Task InitializeAsync()
    {
        _pair = TransportPair.Create();
        await _pair.HandshakeAsync();
    }

    public async Task DisposeAsync()
    {
        await _pair.DisposeAsync();
        if (_server is not null) await ((Task)_server).WaitAsync(TransportPair.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Fact]
    public async Task A_password_arrives_as_it_was_typed_and_is_cleared_afterwards()
    {
        byte[] typed = Encoding.UTF8.GetBytes("grün " + new string('x', 1018));
        _checker.Password = [.. typed];
        UserauthResult result = await RunAsync([], Password(typed));
        Assert.Equal("password", result.Method);
        AuthenticatedUser user = await _server.WaitAsync(TransportPair.Patience);
        Assert.Equal(("user", "password", null), (user.Name, user.Method, user.Key));
        Assert.Equal(1024, _checker.Seen!.Value.Length);
        Assert.All(_checker.Seen.Value.ToArray(), value => Assert.Equal(0, value));
        Assert.All(typed, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nul\0inside")]
    public async Task A_password_that_none_can_be_is_refused_unasked(string password)
    {
        _checker.Password = Encoding.UTF8.GetBytes(password);
        StartServer();
        await RequestServiceAsync();
        byte[] answer = await AskAsync(PasswordRequest(_checker.Password));
        Assert.Equal((byte)MessageId.UserauthFailure, answer[0]);
        Assert.Null(_checker.Seen);
    }

    [Fact]
    public async Task A_password_longer_than_1024_bytes_is_refused_unasked()
    {
        StartServer();
        await RequestServiceAsync();
        Assert.Equal((byte)MessageId.UserauthFailure, (await AskAsync(PasswordRequest(new byte[1025].Select(_ => (byte)'x').ToArray())))[0]);
        Assert.Null(_checker.Seen);
    }

    [Fact]
    public async Task An_expired_password_is_changed()
    {
        _checker.Password = "old"u8.ToArray();
        _checker.IsExpired = true;
        StartServer();
        await RequestServiceAsync();
        byte[] asked = await AskAsync(PasswordRequest("old"u8.ToArray()));
        Assert.Equal([(byte)MessageId.UserauthPasswdChangereq, .. RawPeer.EncodeString("New password: "u8), 0, 0, 0, 0], asked);
        Assert.Equal((byte)MessageId.UserauthFailure, (await AskAsync(PasswordRequest("wrong"u8.ToArray(), "new"u8.ToArray())))[0]);
        await SendAsync(PasswordRequest("old"u8.ToArray(), "new"u8.ToArray()));
        Assert.Equal("password", (await _server.WaitAsync(TransportPair.Patience)).Method);
        Assert.Equal("new"u8, _checker.Password);
    }

    [Fact]
    public async Task A_conversation_has_rounds_with_several_prompts_and_with_none()
    {
        var seen = new List<string>();
        UserauthResult result = await RunAsync([], Interactive((request, _) =>
        {
            seen.Add($"{request.Name}|{request.Instruction}|{string.Join(',', request.Prompts.Select(prompt => $"{prompt.Text}{prompt.Echo}"))}");
            return ValueTask.FromResult<IReadOnlyList<byte[]>?>([.. request.Prompts.Select(prompt => Encoding.UTF8.GetBytes("re: " + prompt.Text))]);
        }));
        Assert.Equal("keyboard-interactive", result.Method);
        Assert.Equal(["Login|Two questions|Colour? True,PIN: False", "Notice|Your password expires soon|"], seen);
    }

    [Fact]
    public async Task Another_number_of_answers_than_prompts_is_a_failure()
    {
        StartServer();
        await RequestServiceAsync();
        Assert.Equal((byte)MessageId.UserauthInfoRequest, (await AskAsync(InteractiveRequest()))[0]);
        Assert.Equal((byte)MessageId.UserauthFailure, (await AskAsync(Response(1)))[0]);
        Assert.Equal(1, _checker.Disposed);
    }

    [Fact]
    public async Task A_count_of_answers_that_cannot_be_ends_the_connection()
    {
        StartServer();
        await RequestServiceAsync();
        await AskAsync(InteractiveRequest());
        byte[] response = Response(2);
        BinaryPrimitives.WriteUInt32BigEndian(response.AsSpan(1), 0x10000000);
        await SendAsync(response);
        await Assert.ThrowsAsync<SshProtocolException>(() => _server.WaitAsync(TransportPair.Patience));
        Assert.Equal(1, _checker.Disposed);
    }

    [Fact]
    public async Task A_request_in_place_of_answers_abandons_the_conversation()
    {
        _checker.Password = "secret"u8.ToArray();
        StartServer();
        await RequestServiceAsync();
        Assert.Equal((byte)MessageId.UserauthInfoRequest, (await AskAsync(InteractiveRequest()))[0]);
        await SendAsync(PasswordRequest("secret"u8.ToArray()));
        Assert.Equal("password", (await _server.WaitAsync(TransportPair.Patience)).Method);
        Assert.Equal(1, _checker.Disposed);
    }

    [Fact]
    public async Task A_machine_vouches_for_its_user()
    {
        UserauthResult result = await RunAsync([], new HostbasedClientMethod([TestKeys.Ed25519], "node.example", "me"));
        Assert.Equal("hostbased", result.Method);
        Assert.Equal("user me@node.example " + TestKeys.Ed25519.PublicKey.Fingerprint, _checker.Machine);
    }

    [Fact]
    public async Task A_machine_that_signs_with_another_key_than_it_shows_is_refused()
    {
        UserauthResult result = await RunAsync([], new HostbasedClientMethod([new Impostor(TestKeys.Ed25519.PublicKey)], "node.example", "me"));
        Assert.False(result.IsSuccess);
        Assert.NotEmpty(_checker.Machine);
    }

    [Fact]
    public async Task Both_factors_are_asked_for_in_their_order()
    {
        _checker.Password = "secret"u8.ToArray();
        UserauthResult result = await RunAsync(
            [["publickey", "password"]], Password("secret"u8.ToArray()), new PublickeyClientMethod([TestKeys.Ed25519]));
        Assert.Equal("password", result.Method);
        AuthenticatedUser user = await _server.WaitAsync(TransportPair.Patience);
        Assert.Equal("publickey+password", user.Method);
        Assert.Equal(TestKeys.Ed25519.PublicKey, user.Key);
    }

    [Fact]
    public async Task A_second_factor_first_proves_nothing()
    {
        _checker.Password = "secret"u8.ToArray();
        StartServer(["publickey", "password"]);
        await RequestServiceAsync();
        Assert.Equal(Failure("publickey", isPartial: false), await AskAsync(PasswordRequest("secret"u8.ToArray())));
        Assert.Null(_checker.Seen);
    }

    [Fact]
    public async Task After_the_first_factor_only_the_second_can_continue()
    {
        StartServer(["publickey", "password"], ["publickey", "keyboard-interactive"], ["password"]);
        await RequestServiceAsync();
        Assert.Equal(Failure("publickey,password", isPartial: false), await AskAsync(Request("none")));
        Assert.Equal(Failure("password,keyboard-interactive", isPartial: true), await AskAsync(SignedRequest()));
        Assert.Equal(Failure("password,keyboard-interactive", isPartial: false), await AskAsync(SignedRequest()));
    }

    private async Task<UserauthResult> RunAsync(IReadOnlyList<IReadOnlyList<string>> combinations, params ClientAuthenticationMethod[] methods)
    {
        StartServer([.. combinations]);
        Task<UserauthResult> client = new UserauthClient(_pair.Client).AuthenticateAsync("user", methods, CancellationToken.None);
        _ = AcceptWhenReadyAsync();
        return await client.WaitAsync(TransportPair.Patience);
    }

    private async Task AcceptWhenReadyAsync()
    {
        await ((Task)_server).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_server.IsCompletedSuccessfully) return;
        _userauth.Accept();
        _pair.Server.FlushInBackground();
    }

    private UserauthServer _userauth = null!;

    private void StartServer(params IReadOnlyList<string>[] combinations)
    {
        _userauth = new UserauthServer(
            _pair.Server,
            [
                new PublickeyServerMethod(_checker, AlgorithmDefaults.UserKeys), new PasswordServerMethod(_checker),
                new KeyboardInteractiveServerMethod(_checker), new HostbasedServerMethod(_checker, AlgorithmDefaults.UserKeys),
            ],
            new UserauthServerOptions { Combinations = combinations.Length == 0 ? null : combinations });
        _server = Task.Run(() => _userauth.RunAsync(CancellationToken.None));
    }

    private static PasswordClientMethod Password(byte[] password) => new(_ => ValueTask.FromResult<byte[]?>(password));

    private static KeyboardInteractiveClientMethod Interactive(Func<PromptRequest, CancellationToken, ValueTask<IReadOnlyList<byte[]>?>> answers) => new(answers);

    private async Task RequestServiceAsync() =>
        Assert.Equal((byte)MessageId.ServiceAccept, (await AskAsync([(byte)MessageId.ServiceRequest, .. RawPeer.EncodeString("ssh-userauth"u8)]))[0]);

    private async Task SendAsync(byte[] message)
    {
        _pair.Client.Write(message);
        await _pair.Client.FlushAsync();
    }

    private async Task<byte[]> AskAsync(byte[] message)
    {
        await SendAsync(message);
        return await _pair.Client.ReadMessageAsync(CancellationToken.None).AsTask().WaitAsync(TransportPair.Patience);
    }

    private static byte[] Request(string method, params ReadOnlySpan<byte> fields) =>
    [
        (byte)MessageId.UserauthRequest, .. RawPeer.EncodeString("user"u8), .. RawPeer.EncodeString("ssh-connection"u8),
        .. RawPeer.EncodeString(Encoding.ASCII.GetBytes(method)), .. fields,
    ];

    private static byte[] PasswordRequest(byte[] password, byte[]? changed = null) =>
        Request("password", [changed is null ? (byte)0 : (byte)1, .. RawPeer.EncodeString(password), .. changed is null ? [] : RawPeer.EncodeString(changed)]);

    private static byte[] InteractiveRequest() => Request("keyboard-interactive", [0, 0, 0, 0, 0, 0, 0, 0]);

    private static byte[] Response(byte count) =>
        [(byte)MessageId.UserauthInfoResponse, 0, 0, 0, count, .. Enumerable.Repeat(RawPeer.EncodeString("x"u8), count).SelectMany(answer => answer)];

    private static byte[] Failure(string methods, bool isPartial) =>
        [(byte)MessageId.UserauthFailure, .. RawPeer.EncodeString(Encoding.ASCII.GetBytes(methods)), isPartial ? (byte)1 : (byte)0];

    private byte[] SignedRequest()
    {
        PublicKey key = TestKeys.Ed25519.PublicKey;
        byte[] request = Request("publickey", [1, .. RawPeer.EncodeString("ssh-ed25519"u8), .. RawPeer.EncodeString(key.Blob.Span)]);
        byte[] signature = TestKeys.Ed25519.Sign("ssh-ed25519", [.. RawPeer.EncodeString(_pair.Client.SessionId.Span), .. request]);
        return [.. request, .. RawPeer.EncodeString(signature)];
    }

    private sealed class Impostor(PublicKey shown) : ISshSigner
    {
        public PublicKey PublicKey => shown;

        public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            ValueTask.FromResult(TestKeys.Get("ed25519", number: 1).Sign(algorithm, data.Span));
    }

    /// <summary>Knows one key, one password and one conversation.</summary>
    private sealed class Checker : IPublicKeyAuthority, IPasswordAuthority, IInteractiveAuthority, IHostbasedAuthority
    {
        public byte[] Password { get; set; } = [];

        public bool IsExpired { get; set; }

        /// <summary>The very bytes that were checked.</summary>
        public ReadOnlyMemory<byte>? Seen { get; private set; }

        public int Disposed { get; private set; }

        public string Machine { get; private set; } = "";

        public ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken) =>
            ValueTask.FromResult(key.Equals(TestKeys.Ed25519.PublicKey));

        public void KeyQueried(string user, PublicKey key)
        {
        }

        public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature) => true;

        public ValueTask<PasswordVerdict> CheckAsync(string user, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
        {
            Seen = password;
            bool isRight = password.Span.SequenceEqual(Password);
            return ValueTask.FromResult(!isRight ? PasswordVerdict.Refused : IsExpired ? PasswordVerdict.Expired("New password: ") : PasswordVerdict.Accepted);
        }

        public ValueTask<PasswordVerdict> ChangeAsync(string user, ReadOnlyMemory<byte> oldPassword, ReadOnlyMemory<byte> newPassword, CancellationToken cancellationToken)
        {
            if (!oldPassword.Span.SequenceEqual(Password)) return ValueTask.FromResult(PasswordVerdict.Refused);
            Password = newPassword.ToArray();
            return ValueTask.FromResult(PasswordVerdict.Accepted);
        }

        public ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string clientHost, string clientUser, CancellationToken cancellationToken)
        {
            Machine = $"{user} {clientUser}@{clientHost} {key.Fingerprint}";
            return ValueTask.FromResult(true);
        }

        public IInteractiveConversation Begin(string user) => new Conversation(this);

        private sealed class Conversation(Checker checker) : IInteractiveConversation
        {
            private int _round;

            public ValueTask<InteractiveStep> NextAsync(IReadOnlyList<byte[]>? answers, CancellationToken cancellationToken) =>
                ValueTask.FromResult(_round++ switch
                {
                    0 => InteractiveStep.Ask(new PromptRequest("Login", "Two questions", [new Prompt("Colour? ", true), new Prompt("PIN: ", false)])),
                    1 when answers!.Select(Encoding.UTF8.GetString).SequenceEqual(["re: Colour? ", "re: PIN: "]) =>
                        InteractiveStep.Ask(new PromptRequest("Notice", "Your password expires soon", [])),
                    2 when answers!.Count == 0 => InteractiveStep.Accepted,
                    _ => InteractiveStep.Refused,
                });

            public ValueTask DisposeAsync()
            {
                checker.Disposed++;
                return ValueTask.CompletedTask;
            }
        }
    }
}
