using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>Users' files and keys, read by the helper as the users.</summary>
[Collection("authd")]
public sealed class HelperFileTests(AuthdFixture authd)
{
    private const string Keys = ".ssh/authorized_keys";

    private PrivateAccounts Accounts => authd.Accounts;

    [RootFact]
    public async Task A_file_in_a_closed_home_is_read_as_its_owner()
    {
        string path = Accounts.WriteHome("alice", PrivateAccounts.AliceId, Keys, "ssh-ed25519 AAAA\n");
        UserFileContent file = await ReadAsync("alice", path);
        Assert.Equal(("ssh-ed25519 AAAA\n", ""), (Encoding.UTF8.GetString(file.Content!), file.Problem));
    }

    [RootFact]
    public async Task Files_that_the_configuration_does_not_name_are_refused()
    {
        string path = Accounts.WriteHome("alice", PrivateAccounts.AliceId, ".ssh/id_ed25519", "secret");
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => ReadAsync("alice", path));
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => ReadAsync("alice", "/etc/shadow"));
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => ReadAsync("root", "/etc/shadow"));
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => ReadAsync("bob", Accounts.At($"home/alice/{Keys}")));
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => ReadAsync("alice", Accounts.At($"home/alice/.ssh/../{Keys}")));
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => ReadAsync("no-such-user", path));
    }

    [RootFact]
    public async Task A_link_leads_no_farther_than_its_owner_may_go()
    {
        string target = Accounts.Write("secret-of-root", "top secret", "600");
        string path = Accounts.WriteHome("bob", PrivateAccounts.BobId, Keys, "");
        File.Delete(path);
        File.CreateSymbolicLink(path, target);
        UserFileContent file = await ReadAsync("bob", path);
        Assert.Equal((null, "Permission denied"), (file.Content, file.Problem));
        File.Delete(path);
    }

    [RootFact]
    public async Task Fifos_folders_of_others_and_missing_files_give_no_content()
    {
        string path = Accounts.WriteHome("bob", PrivateAccounts.BobId, Keys, "");
        File.Delete(path);
        Assert.Equal(new UserFileContent(null, ""), await ReadAsync("bob", path));
        PrivateAccounts.Run("mkfifo", "-m", "644", path);
        Assert.Equal(new UserFileContent(null, "not a regular file"), await ReadAsync("bob", path));
        File.Delete(path);
        Accounts.WriteHome("bob", PrivateAccounts.BobId, Keys, new string('x', 101));
        Assert.Equal(new UserFileContent(null, "larger than 100 bytes"), await ReadAsync("bob", path, 100));
        PrivateAccounts.Give(path, PrivateAccounts.AliceId);
        PrivateAccounts.Open(path, "644");
        Assert.Equal(new UserFileContent(null, "bad ownership"), await ReadAsync("bob", path));
        PrivateAccounts.Give(path, PrivateAccounts.BobId);
        PrivateAccounts.Open(path, "664");
        Assert.Equal(new UserFileContent(null, "writable by group or others"), await ReadAsync("bob", path));
        PrivateAccounts.Open(path, "600");
        PrivateAccounts.Open(Path.GetDirectoryName(path)!, "770");
        Assert.StartsWith("bad ownership or modes of the folder", (await ReadAsync("bob", path)).Problem, StringComparison.Ordinal);
        PrivateAccounts.Open(Path.GetDirectoryName(path)!, "700");
        Assert.Equal("", (await ReadAsync("bob", path)).Problem);
    }

    [RootFact]
    public async Task A_users_key_signs_requests_for_authentication_and_never_leaves_the_helper()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519();
        string path = Accounts.WriteHome("alice", PrivateAccounts.AliceId, ".ssh/id_ed25519", Encoding.ASCII.GetString(key.ToOpenSshFile()));
        string closed = Accounts.WriteHome("alice", PrivateAccounts.AliceId, ".ssh/id_rsa", "no key at all");
        UserKeyList list = await authd.Helper.ListUserKeysAsync("alice", [path, Accounts.At("home/alice/.ssh/id_ecdsa"), closed], default);
        UserKey found = Assert.Single(list.Keys);
        Assert.Equal((path, key.PublicKey), (found.Path, found.PublicKey));
        Assert.StartsWith(closed, Assert.Single(list.Problems), StringComparison.Ordinal);

        var signer = new UserKeySigner(authd.Helper, "alice", found);
        byte[] data = Userauth(key.PublicKey, KeyTypes.Ed25519);
        byte[] signature = await signer.SignAsync(KeyTypes.Ed25519, data, default);
        Assert.True(key.PublicKey.Verify(KeyTypes.Ed25519, data, signature));

        await Assert.ThrowsAsync<PrivilegedHelperException>(() => signer.SignAsync(KeyTypes.Ed25519, new byte[100], default).AsTask());
        using PrivateKey other = PrivateKey.GenerateEd25519();
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => signer.SignAsync(KeyTypes.Ed25519, Userauth(other.PublicKey, KeyTypes.Ed25519), default).AsTask());
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => authd.Helper.ListUserKeysAsync("bob", [path], default));
        await Assert.ThrowsAsync<PrivilegedHelperException>(() => authd.Helper.ListUserKeysAsync("alice", ["/etc/ssh/ssh_host_ed25519_key"], default));
    }

    [RootFact]
    public async Task A_key_that_others_can_read_is_not_used()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519();
        string path = Accounts.WriteHome("bob", PrivateAccounts.BobId, ".ssh/id_ed25519", Encoding.ASCII.GetString(key.ToOpenSshFile()), "644");
        UserKeyList list = await authd.Helper.ListUserKeysAsync("bob", [path], default);
        Assert.Empty(list.Keys);
        Assert.Equal($"{path}: readable by group or others", Assert.Single(list.Problems));
    }

    private Task<UserFileContent> ReadAsync(string user, string path, int maxSize = 10_000) => authd.Helper.ReadUserFileAsync(user, path, maxSize, default);

    private static byte[] Userauth(PublicKey key, string algorithm)
    {
        using var writer = new SshWriter([]);
        writer.WriteString(new byte[32]);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString("someone");
        writer.WriteString("ssh-connection");
        writer.WriteString("publickey");
        writer.WriteBoolean(true);
        writer.WriteString(algorithm);
        writer.WriteString(key.Blob.Span);
        return writer.ToArray();
    }
}
