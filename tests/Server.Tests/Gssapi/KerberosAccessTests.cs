using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Authentication;
using SshGateway.Server.Gssapi;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Gssapi;

/// <summary>Which principals may log in as whom, by .k5login and by the mapping of krb5.conf.</summary>
public sealed class KerberosAccessTests
{
    private static readonly SystemUser Alice = new("alice", 1000, 1000, "/home/alice", "/bin/sh") { Groups = [] };

    [Theory]
    [InlineData("alice@TEST", "alice", null)]
    [InlineData("alice@OTHER", null, "alice@OTHER is no user here")]
    [InlineData("bob@TEST", "bob", "bob@TEST is user bob")]
    [InlineData("Alice@TEST", "Alice", "Alice@TEST is user Alice")]
    public async Task Without_a_file_the_mapping_decides(string principal, string? localName, string? refusal) =>
        Assert.Equal(refusal, await KerberosAccess.RefusalAsync("alice", Alice, principal, localName, new Files(null, ""), default));

    [Theory]
    [InlineData("bob@TEST\n", "bob@TEST", true)]
    [InlineData("# friends\n\n  bob@TEST  # from here\nalice@TEST", "alice@TEST", true)]
    [InlineData("bob@TEST\n", "alice@TEST", false)]
    [InlineData("", "alice@TEST", false)]
    [InlineData("alice@TEST.EVIL\nalice\n@TEST\n*\n", "alice@TEST", false)]
    public async Task A_file_decides_alone_also_against_the_user_himself(string file, string principal, bool isAccepted)
    {
        string? refusal = await KerberosAccess.RefusalAsync("alice", Alice, principal, "alice", new Files(Encoding.UTF8.GetBytes(file), ""), default);
        Assert.Equal(isAccepted ? null : $"/home/alice/.k5login does not list {principal}", refusal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_lets_nobody_in()
    {
        Assert.Equal("/home/alice/.k5login: others can write it", await KerberosAccess.RefusalAsync("alice", Alice, "alice@TEST", "alice", new Files(null, "others can write it"), default));
        Assert.Equal("no helper", await KerberosAccess.RefusalAsync("alice", Alice, "alice@TEST", "alice", new Files(null, "") { Failure = "no helper" }, default));
    }

    [Fact]
    public async Task A_user_without_an_account_has_no_file()
    {
        var files = new Files(null, "") { Failure = "must not be asked" };
        Assert.Null(await KerberosAccess.RefusalAsync("guest", null, "guest@TEST", "guest", files, default));
        Assert.NotNull(await KerberosAccess.RefusalAsync("guest", null, "guest@TEST", null, files, default));
    }

    private sealed class Files(byte[]? content, string problem) : IPrivilegedHelper
    {
        public string? Failure { get; init; }

        public string? Missing(PrivilegedTask task) => null;

        public Task<UserFileContent> ReadUserFileAsync(string user, string path, int maxSize, CancellationToken cancellationToken)
        {
            Assert.Equal(("alice", "/home/alice/.k5login"), (user, path));
            return Failure is null ? Task.FromResult(new UserFileContent(content, problem)) : throw new PrivilegedHelperException(Failure);
        }

        public Task<IPamConversation> AuthenticateAsync(PamRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<UserKeyList> ListUserKeysAsync(string user, IReadOnlyList<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<byte[]> SignAsync(string user, string path, PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IUserProcess> RunAsync(UserCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IStoredTickets> StoreTicketsAsync(string user, ReadOnlyMemory<byte> cache, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
