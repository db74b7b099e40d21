namespace SshGateway.Server.Privileged.Child;

/// <summary>Which variables the gateway may give to a command of a user.</summary>
internal static class CommandEnvironment
{
    private static readonly string[] Own = ["HOME", "USER", "LOGNAME", "SHELL", "PATH", "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "BASHOPTS", "PS4"];
    private static readonly string[] Dangerous = ["LD_", "DOTNET_", "COMPlus_", "BASH_FUNC_", "PYTHON", "PERL", "RUBY", "GCONV_", "MALLOC_", "GLIBC_"];
    private static readonly string[] HarmlessForRoot = ["SSH_", "SSHGATEWAY_", "SSHPROXY_", "LC_", "LANG", "TERM", "TZ", "KRB5CCNAME"];

    /// <summary>
    /// Nothing that changes which code a program loads. For root only names that are known to be harmless: whoever controls the
    /// gateway must not become root by a variable.
    /// </summary>
    public static bool IsAllowed(string name, uint uid)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')) return false;
        if (Own.Contains(name, StringComparer.Ordinal) || StartsWith(name, Dangerous)) return false;
        return uid != 0 || StartsWith(name, HarmlessForRoot);
    }

    private static bool StartsWith(string name, string[] prefixes) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
