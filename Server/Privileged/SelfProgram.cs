using System.Diagnostics;

namespace SshGateway.Server.Privileged;

/// <summary>This program, to be started again in another role.</summary>
internal static class SelfProgram
{
    /// <summary>Prepared with three pipes. Diagnostics are off: a root process must not listen to debuggers.</summary>
    public static ProcessStartInfo Start(params ReadOnlySpan<string> arguments)
    {
        string self = Environment.ProcessPath ?? "/proc/self/exe";
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        // Run by the dotnet command, or from a test host, there is a library to be named.
        bool isOwnHost = string.Equals(Path.GetFileName(self), "sshgateway", StringComparison.Ordinal);
        start.FileName = isOwnHost ? self : "dotnet";
        if (!isOwnHost) start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "sshgateway.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment.Remove("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS");
        return start;
    }
}
