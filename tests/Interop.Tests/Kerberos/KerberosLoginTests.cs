using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Kerberos;

/// <summary>gssapi-with-mic on both legs: a stock client, a real KDC, a real sshd.</summary>
public sealed class KerberosLoginTests(KerberosBed bed) : IClassFixture<KerberosBed>
{
    private static readonly string User = Environment.UserName;

    [KerberosFact]
    public async Task Tickets_let_a_user_in_and_are_passed_on_to_the_destination()
    {
        GatewayProcess gateway = await bed.StartAsync();
        ProcessResult result = await bed.SshAsync(gateway, User, delegates: true, $"KRB5_CONFIG={bed.Realm.Environment["KRB5_CONFIG"]} klist");
        Assert.True(result.ExitStatus == 0, result.ErrorText + gateway.LogTail(40) + bed.Kerberized.LogText);
        // The destination's session has tickets of its own.
        Assert.Contains($"Default principal: {User}@{KerberosRealm.Name}", result.OutputText, StringComparison.Ordinal);
        Assert.Contains($"krbtgt/{KerberosRealm.Name}@{KerberosRealm.Name}", result.OutputText, StringComparison.Ordinal);
        await gateway.WaitForLogAsync($"{User}@{KerberosRealm.Name} may log in as {User}; delegated tickets: True");
        await gateway.WaitForLogAsync($"auth=gssapi {User}@{KerberosRealm.Name}");
    }

    [KerberosFact]
    public async Task Tickets_of_somebody_else_let_nobody_in_whether_or_not_the_user_exists()
    {
        GatewayProcess gateway = await bed.StartAsync();
        ProcessResult known = await bed.SshAsync(gateway, "mallory", delegates: true, "id");
        ProcessResult unknown = await bed.SshAsync(gateway, "mallory", delegates: true, "id", login: "nobody-of-that-name");
        foreach (ProcessResult refused in new[] { known, unknown })
        {
            Assert.Equal(255, refused.ExitStatus);
            Assert.Contains("Permission denied (gssapi-with-mic)", refused.ErrorText, StringComparison.Ordinal);
        }

        await gateway.WaitForLogAsync($"mallory@{KerberosRealm.Name} may not log in as {User}: mallory@{KerberosRealm.Name} is user mallory");
        await gateway.WaitForLogAsync($"mallory@{KerberosRealm.Name} may not log in as nobody-of-that-name: there is no such user");
    }

    [KerberosFact]
    public async Task A_user_who_delegates_nothing_is_told_that_no_credential_is_left()
    {
        GatewayProcess gateway = await bed.StartAsync();
        ProcessResult result = await bed.SshAsync(gateway, User, delegates: false, "id");
        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("accepts none of the gateway's credentials", result.ErrorText, StringComparison.Ordinal);
        await gateway.WaitForLogAsync($"{User}@{KerberosRealm.Name} may log in as {User}; delegated tickets: False");
    }

    [KerberosFact]
    public async Task A_destination_gets_no_tickets_where_that_is_switched_off()
    {
        GatewayProcess gateway = await bed.StartAsync(destinationLines: "  gssapi_delegate: false\n");
        ProcessResult result = await bed.SshAsync(gateway, User, delegates: true, "echo \"[$KRB5CCNAME]\"");
        Assert.Equal((0, "[]\n"), (result.ExitStatus, result.OutputText));
    }

    [KerberosFact]
    public async Task Commands_of_the_session_find_the_tickets_in_a_file_that_ends_with_it()
    {
        GatewayProcess gateway = await bed.StartAsync(extraLines: "blocking_command: klist\n");
        ProcessResult result = await bed.SshAsync(gateway, User, delegates: true, "true");
        Assert.True(result.ExitStatus == 0, result.ErrorText + gateway.LogTail(40));
        Assert.Contains($"Default principal: {User}@{KerberosRealm.Name}", result.ErrorText, StringComparison.Ordinal);
        string file = result.ErrorText.Split('\n').First(line => line.StartsWith("Ticket cache: FILE:", StringComparison.Ordinal))["Ticket cache: FILE:".Length..].Trim();
        Assert.StartsWith("/tmp/krb5cc_0_", file, StringComparison.Ordinal);
        await Eventually.BecomesTrueAsync(() => !File.Exists(file), $"{file} is deleted");
    }

    [KerberosFact]
    public async Task Without_a_keytab_the_method_is_not_offered_and_the_log_says_so()
    {
        GatewayProcess gateway = await bed.StartGatewayAsync(bed.DestinationOptions(bed.Kerberized.Port, []) with
        {
            AuthLines = "  methods: [gssapi-with-mic, publickey]\n  keytab: /nonexistent/keytab\n",
            Environment = bed.Realm.Environment,
        });
        await gateway.WaitForLogAsync("auth.methods: gssapi-with-mic is not offered: auth.keytab: /nonexistent/keytab does not exist");
        ProcessResult result = await bed.SshAsync(gateway, User, delegates: true, "id");
        Assert.Contains("Permission denied (publickey)", result.ErrorText, StringComparison.Ordinal);
    }
}
