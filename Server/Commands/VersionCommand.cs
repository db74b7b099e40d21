using System.Reflection;

namespace SshGateway.Server.Commands;

/// <summary><c>sshgateway version</c>.</summary>
internal static class VersionCommand
{
    public static string Version { get; } = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static int Run()
    {
        Console.WriteLine($"sshgateway {Version} (.NET {Environment.Version})");
        return 0;
    }
}
