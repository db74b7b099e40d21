using System.Diagnostics;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Authentication;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

/// <summary>Plain keys, security keys and revocation.</summary>
public sealed class UserKeyAuthorityTests : IDisposable
{
    private readonly UserKeyFixture _users = new();

    public void Dispose() => _users.Dispose();

    [Fact]
    public async Task A_listed_key_lets_in_under_its_line_s_conditions()
    {
        PublicKey key = UserKeyFixture.Key.PublicKey;
        Assert.Null(await _users.JudgeAsync(key));
        _users.Write("alice.keys", $"from=\"198.51.100.1\" {key}\nexpiry-time=\"20300601115959Z\" {key}\n");
        Assert.Null(await _users.JudgeAsync(key));
        _users.Write("alice.keys", $"from=\"198.51.100.1\" {key}\nno-pty {key}\n{key}\n");
        Assert.False((await _users.JudgeAsync(key))!.PermitPty);
    }

    [Fact]
    public async Task Permissions_are_those_of_the_key_that_is_asked_for()
    {
        PublicKey first = UserKeyFixture.Key.PublicKey, second = UserKeyFixture.Authority.PublicKey;
        _users.Write("alice.keys", $"{first}\nrestrict {second}\n");
        UserKeyAuthority authority = _users.Create();
        foreach (PublicKey key in (PublicKey[])[first, second, first]) Assert.True(await authority.IsAcceptedAsync("alice", key, key.KeyType, default));
        Assert.True(authority.OptionsOf(first)!.PermitPty);
        Assert.False(authority.OptionsOf(second)!.PermitPty);
        Assert.Null(authority.OptionsOf(UserKeyFixture.ShortRsa.PublicKey));
    }

    [Fact]
    public async Task Users_the_system_does_not_know_are_refused_when_it_must_know_them()
    {
        PublicKey key = UserKeyFixture.Key.PublicKey;
        _users.Write("no-such-user-here.keys", key + "\n");
        Assert.NotNull(await _users.JudgeAsync(key, "no-such-user-here"));
        _users.Auth = _users.Auth with { RequireSystemUser = true };
        Assert.Null(await _users.JudgeAsync(key, "no-such-user-here"));
        _users.Trust();
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["no-such-user-here"] }), "no-such-user-here"));
    }

    [Theory]
    [InlineData("", false, false, false)]
    [InlineData("", true, false, true)]
    [InlineData("no-touch-required", false, false, true)]
    [InlineData("verify-required", true, false, false)]
    [InlineData("verify-required", true, true, true)]
    [InlineData("verify-required,no-touch-required", false, true, true)]
    [InlineData("verify-required,no-touch-required", false, false, false)]
    public async Task Touch_and_verification_of_security_keys_are_asked_for(string options, bool present, bool verified, bool accepted)
    {
        PublicKey key = UserKeyFixture.Key.PublicKey;
        _users.Write("alice.keys", $"{options} {key}\n");
        UserKeyAuthority authority = _users.Create();
        Assert.False(authority.IsSignatureAccepted(key, new SkSignatureInfo(UserPresent: true, UserVerified: true, 1)));
        Assert.True(await authority.IsAcceptedAsync("alice", key, key.KeyType, default));
        Assert.Equal(accepted, authority.IsSignatureAccepted(key, new SkSignatureInfo(present, verified, 1)));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("authority")]
    public async Task A_revoked_key_or_authority_is_refused(string what)
    {
        PublicKey revoked = what == "key" ? UserKeyFixture.Key.PublicKey : UserKeyFixture.Authority.PublicKey;
        _users.Trust();
        _users.Write("alice.keys", UserKeyFixture.Key.PublicKey + "\n");
        Certificate certificate = await UserKeyFixture.CertifyAsync();
        Assert.NotNull(await _users.JudgeAsync(certificate));
        _users.Auth = _users.Auth with { RevokedKeys = [_users.Write("revoked", revoked + "\n")] };
        Assert.Null(await _users.JudgeAsync(certificate));
        Assert.Contains("is revoked by", _users.Log, StringComparison.Ordinal);
        Assert.Equal(what == "authority", await _users.JudgeAsync(UserKeyFixture.Key.PublicKey) is not null);
    }

    [Theory]
    [InlineData("serial: 5", true)]
    [InlineData("serial: 4-6", true)]
    [InlineData("serial: 6", false)]
    [InlineData("id: alice@example", true)]
    [InlineData("id: alice", false)]
    public async Task A_revocation_list_names_serials_and_ids(string line, bool revoked)
    {
        _users.Trust();
        Certificate certificate = await UserKeyFixture.CertifyAsync();
        string specification = _users.Write("specification", line + "\n");
        RunKeygen("-k", "-f", _users.Path("krl"), "-s", _users.Path("ca.pub"), specification);
        _users.Auth = _users.Auth with { RevokedKeys = [_users.Path("krl")] };
        Assert.Equal(revoked, await _users.JudgeAsync(certificate) is null);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task A_revocation_list_that_cannot_be_used_lets_nobody_in(string? content)
    {
        _users.Write("alice.keys", UserKeyFixture.Key.PublicKey + "\n");
        if (content is not null) _users.Write("revoked", content);
        _users.Auth = _users.Auth with { RevokedKeys = [_users.Path("revoked")] };
        Assert.Null(await _users.JudgeAsync(UserKeyFixture.Key.PublicKey));
        Assert.Contains("no key is accepted", _users.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_file_of_authorities_counts_at_once()
    {
        _users.Trust();
        var cache = new KeyFileCache();
        string file = _users.Path("ca.pub");
        Assert.Equal([UserKeyFixture.Authority.PublicKey], cache.Keys(file));
        Assert.Same(cache.Keys(file), cache.Keys(file));
        _users.Write("ca.pub", $"{UserKeyFixture.Authority.PublicKey}\n{UserKeyFixture.Key.PublicKey}\n");
        Assert.Equal(2, cache.Keys(file).Count);
        File.Delete(file);
        Assert.Throws<KeyFileException>(() => cache.Keys(file));
    }

    private static void RunKeygen(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
