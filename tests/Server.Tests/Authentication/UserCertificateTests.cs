using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

/// <summary>Certificates by auth.trusted_user_ca and by cert-authority lines: what lets in, what each refusal is.</summary>
public sealed class UserCertificateTests : IDisposable
{
    private readonly UserKeyFixture _users = new();

    public void Dispose() => _users.Dispose();

    [Fact]
    public async Task A_certificate_of_a_trusted_authority_lets_its_principal_in_and_nobody_else()
    {
        Certificate certificate = await UserKeyFixture.CertifyAsync();
        Assert.Null(await _users.JudgeAsync(certificate));
        Assert.Contains("its authority is not trusted", _users.Log, StringComparison.Ordinal);
        _users.Trust();
        Assert.NotNull(await _users.JudgeAsync(certificate));
        foreach (string other in (string[])["bob", "Alice", "alice,root", "root", ""]) Assert.Null(await _users.JudgeAsync(certificate, other));
    }

    [Fact]
    public async Task The_certified_key_alone_and_the_authority_itself_are_not_let_in()
    {
        _users.Trust();
        Assert.Null(await _users.JudgeAsync(UserKeyFixture.Key.PublicKey));
        Assert.Null(await _users.JudgeAsync(UserKeyFixture.Authority.PublicKey));
    }

    [Theory]
    [InlineData("deploy,root")]
    [InlineData("root ")]
    [InlineData("*")]
    [InlineData("roo?")]
    [InlineData("")]
    public async Task A_principal_is_one_name_and_matches_exactly(string principal)
    {
        _users.Trust();
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = [principal] }), "root"));
        Assert.NotNull(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = [principal, "root"] }), "root"));
    }

    [Fact]
    public async Task Without_principals_it_matches_nothing()
    {
        _users.Trust();
        Certificate certificate = await UserKeyFixture.CertifyAsync(b => b with { Principals = [] });
        Assert.Null(await _users.JudgeAsync(certificate));
        Assert.Contains("it names no principal", _users.Log, StringComparison.Ordinal);
        _users.Auth = _users.Auth with { TrustedUserCa = [] };
        _users.Write("alice.keys", $"cert-authority,principals=\"alice\" {UserKeyFixture.Authority.PublicKey}\n");
        Assert.Null(await _users.JudgeAsync(certificate));
    }

    [Fact]
    public async Task Validity_and_kind_are_judged()
    {
        _users.Trust();
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Type = CertificateType.Host })));
        Assert.Contains("it is not a user certificate", _users.Log, StringComparison.Ordinal);
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { ValidBefore = UserKeyFixture.Now })));
        Assert.Contains("it has expired", _users.Log, StringComparison.Ordinal);
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { ValidAfter = UserKeyFixture.Now.AddSeconds(1) })));
        Assert.Contains("it is not valid yet", _users.Log, StringComparison.Ordinal);
        Assert.NotNull(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { ValidAfter = UserKeyFixture.Now, ValidBefore = UserKeyFixture.Now.AddSeconds(1) })));
    }

    [Theory]
    [InlineData("made-up@example.com", "x")]
    [InlineData("force-command", null)]
    [InlineData("source-address", "somewhere")]
    [InlineData("verify-required", "yes")]
    public async Task A_critical_option_that_is_unknown_or_senseless_is_refused(string name, string? value)
    {
        _users.Trust();
        Certificate certificate = await UserKeyFixture.CertifyAsync(b => b with { CriticalOptions = [new(name, value)] });
        Assert.Null(await _users.JudgeAsync(certificate));
        Assert.Contains("critical option", _users.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_extension_is_passed_over()
    {
        _users.Trust();
        Assert.NotNull(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Extensions = [new("login@github.com", "alice")] })));
    }

    [Fact]
    public async Task Source_address_is_obeyed()
    {
        _users.Trust();
        Certificate certificate = await UserKeyFixture.CertifyAsync(b => b with { CriticalOptions = [new(CertificateOption.SourceAddress, "192.0.2.0/29,2001:db8::1")] });
        Assert.NotNull(await _users.JudgeAsync(certificate));
        _users.Source = "2001:db8::1";
        Assert.NotNull(await _users.JudgeAsync(certificate));
        _users.Source = "192.0.2.8";
        Assert.Null(await _users.JudgeAsync(certificate));
        Assert.Contains("it is not valid from this address", _users.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extensions_and_force_command_become_the_session_s_restrictions()
    {
        _users.Trust();
        AuthorizedKeyOptions bare = (await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with
        {
            Extensions = [],
            CriticalOptions = [new(CertificateOption.ForceCommand, "date -u"), new(CertificateOption.VerifyRequired)],
        })))!;
        Assert.Equal("date -u", bare.Command);
        Assert.True(bare.VerifyRequired);
        Assert.False(bare.PermitPty || bare.PermitAgentForwarding || bare.PermitPortForwarding || bare.PermitX11Forwarding || bare.PermitUserRc || bare.NoTouchRequired);
        // A policy that looked at an empty text would let everything pass.
        Assert.NotEqual("", bare.Text);
        AuthorizedKeyOptions pty = (await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Extensions = [new(CertificateOption.PermitPty)] })))!;
        Assert.True(pty.PermitPty && !pty.PermitAgentForwarding);
        AuthorizedKeyOptions all = (await _users.JudgeAsync(await UserKeyFixture.CertifyAsync()))!;
        Assert.True(all.PermitPty && all.PermitAgentForwarding && all.PermitPortForwarding && all.PermitX11Forwarding);
    }

    [Fact]
    public async Task Lines_of_principals_files_decide_in_place_of_the_user_s_name()
    {
        _users.Trust();
        _users.Auth = _users.Auth with { AuthorizedPrincipals = [_users.Path("{user}.principals")] };
        Certificate certificate = await UserKeyFixture.CertifyAsync(b => b with { Principals = ["alice", "staff"] });
        Assert.Null(await _users.JudgeAsync(certificate));
        _users.Write("alice.principals", "# comment\n\n  others # alice\nfrom=\"198.51.100.1\" staff\nno-such-option staff\n");
        Assert.Null(await _users.JudgeAsync(certificate));
        _users.Write("alice.principals", "from=\"198.51.100.1\" staff\nno-pty,command=\"date\" staff # the others\n");
        AuthorizedKeyOptions options = (await _users.JudgeAsync(certificate))!;
        Assert.True(options.Command == "date" && !options.PermitPty && options.PermitAgentForwarding);
        Assert.Null(await _users.JudgeAsync(certificate, "bob"));
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["staff,x"] })));
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["staff"], CriticalOptions = [new(CertificateOption.ForceCommand, "id")] })));
    }

    [Fact]
    public async Task With_only_a_command_for_principals_the_user_s_name_is_not_enough()
    {
        _users.Trust();
        _users.Auth = _users.Auth with { AuthorizedPrincipalsCommand = "/bin/false" };
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync()));
    }

    [Fact]
    public async Task A_cert_authority_line_trusts_for_one_user()
    {
        Certificate certificate = await UserKeyFixture.CertifyAsync();
        _users.Write("alice.keys", $"{UserKeyFixture.Authority.PublicKey}\n{certificate}\n");
        Assert.Null(await _users.JudgeAsync(certificate));
        _users.Write("alice.keys", $"cert-authority,no-pty {UserKeyFixture.Authority.PublicKey}\n");
        Assert.False((await _users.JudgeAsync(certificate))!.PermitPty);
        Assert.Null(await _users.JudgeAsync(certificate, "bob"));
        Assert.Null(await _users.JudgeAsync(UserKeyFixture.Authority.PublicKey));
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["bob"] })));
    }

    [Fact]
    public async Task Principals_of_a_cert_authority_line_match_exactly()
    {
        _users.Write("alice.keys", $"cert-authority,principals=\"deploy,root\" {UserKeyFixture.Authority.PublicKey}\n");
        Assert.NotNull(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["root"] })));
        Assert.NotNull(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["x", "deploy"] })));
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Principals = ["deploy,root"] })));
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync()));
    }

    [Fact]
    public async Task The_line_s_touch_counts_beside_the_certificate_s()
    {
        Certificate untouched = await UserKeyFixture.CertifyAsync(b => b with { Extensions = [new(CertificateOption.NoTouchRequired)] });
        _users.Write("alice.keys", $"cert-authority {UserKeyFixture.Authority.PublicKey}\n");
        Assert.False((await _users.JudgeAsync(untouched))!.NoTouchRequired);
        _users.Write("alice.keys", $"cert-authority,no-touch-required {UserKeyFixture.Authority.PublicKey}\n");
        Assert.True((await _users.JudgeAsync(untouched))!.NoTouchRequired);
        Assert.False((await _users.JudgeAsync(await UserKeyFixture.CertifyAsync()))!.NoTouchRequired);
    }

    [Fact]
    public async Task Short_rsa_keys_are_refused_as_key_and_as_authority()
    {
        _users.Trust(UserKeyFixture.ShortRsa.PublicKey);
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(authority: UserKeyFixture.ShortRsa)));
        Assert.Contains("the RSA key of its authority is too short", _users.Log, StringComparison.Ordinal);
        _users.Trust();
        Assert.Null(await _users.JudgeAsync(await UserKeyFixture.CertifyAsync(b => b with { Key = UserKeyFixture.ShortRsa.PublicKey })));
        _users.Write("alice.keys", UserKeyFixture.ShortRsa.PublicKey + "\n");
        Assert.Null(await _users.JudgeAsync(UserKeyFixture.ShortRsa.PublicKey));
    }

    [Fact]
    public async Task A_file_of_authorities_that_holds_a_certificate_trusts_nobody_by_it()
    {
        Certificate certificate = await UserKeyFixture.CertifyAsync();
        _users.Auth = _users.Auth with { TrustedUserCa = [_users.Write("ca.pub", (await UserKeyFixture.CertifyAsync(b => b with { Key = UserKeyFixture.Authority.PublicKey })) + "\n")] };
        Assert.Null(await _users.JudgeAsync(certificate));
    }

    [Fact]
    public async Task A_refusal_and_an_admission_name_id_serial_and_authority()
    {
        Certificate certificate = await UserKeyFixture.CertifyAsync(b => b with { KeyId = "al\u001bice" });
        Assert.Null(await _users.JudgeAsync(certificate));
        string text = Server.Authentication.KeyText.Of(certificate);
        Assert.Matches(@"^ED25519-CERT SHA256:\S{43} ID al\S+ice \(serial 5\) CA ED25519 SHA256:\S{43}$", text);
        Assert.DoesNotContain('\u001b', text);
        Assert.Contains($"Failed publickey for alice from 192.0.2.7 port 4711 ssh2: {text}", _users.Log, StringComparison.Ordinal);
        Assert.Contains(UserKeyFixture.Key.PublicKey.Fingerprint, text, StringComparison.Ordinal);
        Assert.Equal("RSA " + UserKeyFixture.ShortRsa.PublicKey.Fingerprint, Server.Authentication.KeyText.Of(UserKeyFixture.ShortRsa.PublicKey));
    }
}
