using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Tests.Authentication;

/// <summary>A helper whose PAM conversations follow a script: given the answers of each round so far, the next step.</summary>
internal sealed class ScriptedPam(Func<IReadOnlyList<string[]>, PamStep> script) : IPrivilegedHelper
{
    public List<Conversation> Conversations { get; } = [];

    public PamResult SessionResult { get; set; } = new(PamOutcome.Success, "");

    /// <summary>When not null, what the helper says instead of anything else.</summary>
    public string? Failure { get; set; }

    public static PamStep Ask(params PamMessage[] messages) => new(messages, null);

    public static PamStep End(PamOutcome outcome, params PamMessage[] messages) => new(messages, new PamResult(outcome, $"says {outcome}"));

    public static PamMessage Hidden(string text) => new(PamMessageKind.Prompt, text, Echo: false);

    public static PamMessage Info(string text) => new(PamMessageKind.Info, text, Echo: false);

    public string? Missing(PrivilegedTask task) => Failure;

    public Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken)
    {
        if (Failure is not null) throw new PrivilegedHelperException(Failure);
        var conversation = new Conversation(this, request);
        Conversations.Add(conversation);
        return Task.FromResult<IPamConversation>(conversation);
    }

    public Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal sealed class Conversation(ScriptedPam pam, PamRequest request) : IPamConversation
    {
        public PamRequest Request => request;

        /// <summary>The answers of each call; the first call has none.</summary>
        public List<string[]> Rounds { get; } = [];

        public bool IsDisposed { get; private set; }

        public bool HasSession { get; private set; }

        public ValueTask<PamStep> ContinueAsync(IReadOnlyList<ReadOnlyMemory<byte>> answers, CancellationToken cancellationToken)
        {
            Rounds.Add([.. answers.Select(answer => Encoding.UTF8.GetString(answer.Span))]);
            return ValueTask.FromResult(pam.Next([.. Rounds.Skip(1)]));
        }

        public Task<PamResult> OpenSessionAsync(CancellationToken cancellationToken)
        {
            HasSession = pam.SessionResult.Outcome == PamOutcome.Success;
            return Task.FromResult(pam.SessionResult);
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }

    private PamStep Next(IReadOnlyList<string[]> rounds) => script(rounds);
}
