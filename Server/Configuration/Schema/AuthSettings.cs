using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Hooks;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys of <c>auth</c>.</summary>
internal static class AuthSettings
{
    private static readonly string[] Methods = [AuthConfiguration.PublicKey, AuthConfiguration.KeyboardInteractive, AuthConfiguration.Password, AuthConfiguration.HostBased, AuthConfiguration.Gssapi];

    private static readonly ValueParser<IReadOnlyList<string>> TextList = Values.ListOf<string>(Values.Text);

    public static readonly SettingTable<AuthConfiguration> Table = new SettingTable<AuthConfiguration>()
        .Add("methods", Values.ListOf<IReadOnlyList<string>>(Method), (a, v) => a with { Methods = v })
        .Add("authorized_keys", Values.ListOf<string>(Values.Path), (a, v) => a with { AuthorizedKeys = v })
        .Add<string>("authorized_keys_command", KeysCommand, (a, v) => a with { AuthorizedKeysCommand = v })
        .Add<string>("authorized_keys_command_user", UserName, (a, v) => a with { AuthorizedKeysCommandUser = v })
        .Add("trusted_user_ca", Values.ListOf<string>(Values.KeyFile), (a, v) => a with { TrustedUserCa = v })
        .Add("authorized_principals", Values.ListOf<string>(Values.Path), (a, v) => a with { AuthorizedPrincipals = v })
        .Add<string>("authorized_principals_command", PrincipalsCommand, (a, v) => a with { AuthorizedPrincipalsCommand = v })
        .Add<string>("authorized_principals_command_user", UserName, (a, v) => a with { AuthorizedPrincipalsCommandUser = v })
        .Add("revoked_keys", Values.ListOf<string>(Values.KeyFile), (a, v) => a with { RevokedKeys = v })
        .Add("pam_service", TextList, (a, v) => a with { PamServices = v })
        .Add<string>("helper", Values.Path, (a, v) => a with { Helper = v })
        .Add<TimeSpan>("mfa_grace", Values.Duration, (a, v) => a with { MfaGrace = v })
        .Add<bool>("pam_account", Values.Flag, (a, v) => a with { PamAccount = v })
        .Add<bool>("pam_session", Values.Flag, (a, v) => a with { PamSession = v })
        .Add<string>("hostbased_machines", Values.Path, (a, v) => a with { HostbasedMachines = v })
        .Add("hostbased_known_hosts", Values.ListOf<string>(Values.Path), (a, v) => a with { HostbasedKnownHosts = v })
        .Add<string>("keytab", Values.Path, (a, v) => a with { Keytab = v })
        .Add<bool>("require_system_user", Values.Flag, (a, v) => a with { RequireSystemUser = v })
        .Add("allow_users", TextList, (a, v) => a with { AllowUsers = v })
        .Add("deny_users", TextList, (a, v) => a with { DenyUsers = v })
        .Add("allow_groups", TextList, (a, v) => a with { AllowGroups = v })
        .Add("deny_groups", TextList, (a, v) => a with { DenyGroups = v })
        .Add("allow_root", Values.Choice(
            ("true", RootLogin.Yes), ("yes", RootLogin.Yes), ("false", RootLogin.No), ("no", RootLogin.No),
            ("without-password", RootLogin.WithoutPassword), ("prohibit-password", RootLogin.WithoutPassword)), (a, v) => a with { AllowRoot = v });

    private static bool KeysCommand(ConfigNode node, ReadContext context, out string value) => Command(node, context, "%CDfhktUu", out value);

    private static bool PrincipalsCommand(ConfigNode node, ReadContext context, out string value) => Command(node, context, "%CDFfhiKksTtUu", out value);

    private static bool Command(ConfigNode node, ReadContext context, string tokens, out string value)
    {
        if (!Values.Text(node, context, out value)) return false;
        if (value.Length == 0) return true;
        if (!CommandWords.TrySplit(value, out IReadOnlyList<string>? words)) return context.Error(node.Mark, "a program and its arguments are expected; there is none, or a quote is not closed");
        if (!words[0].StartsWith('/')) return context.Error(node.Mark, "the program must be given by its whole path");
        string? unknown = words.Skip(1).Select(word => LookupTokens.UnknownToken(word, tokens)).FirstOrDefault(token => token is not null);
        return unknown is null || context.Error(node.Mark, $"{unknown} is no token here; known are {string.Join(' ', tokens.Select(letter => "%" + letter))}");
    }

    private static bool UserName(ConfigNode node, ReadContext context, out string value) =>
        Values.Text(node, context, out value) && (value.Length > 0 || context.Error(node.Mark, "the name of a user is expected"));

    private static bool Method(ConfigNode node, ReadContext context, out IReadOnlyList<string> value)
    {
        value = [];
        if (!Values.Text(node, context, out string text)) return false;
        string[] parts = text.Split('+', StringSplitOptions.TrimEntries);
        foreach (string part in parts)
        {
            if (!Methods.Contains(part)) return context.Error(node.Mark, $"{string.Join(", ", Methods)}, or several joined by +, is expected, not {Describe.Kind(node)}{Describe.Suggestion(part, Methods)}");
        }

        if (parts.Distinct(StringComparer.Ordinal).Count() != parts.Length) return context.Error(node.Mark, "a method can be asked for once");
        value = parts;
        return true;
    }
}
