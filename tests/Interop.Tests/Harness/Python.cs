namespace SshGateway.Interop.Tests.Harness;

/// <summary>The scripts under Scripts/, run with Debian's interpreter, whose packages test.sh installs.</summary>
internal static class Python
{
    public const string Interpreter = "/usr/bin/python3";

    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Scripts", name);

    public static Task<ProcessResult> RunAsync(string script, params string[] arguments) =>
        ChildProcess.RunAsync(Interpreter, [Script(script), .. arguments]);

    /// <summary>Runs a client script with the four arguments that all of them take: port, user, key, known_hosts.</summary>
    public static Task<ProcessResult> RunClientAsync(string script, Route route, params string[] more) =>
        RunAsync(script, [route.Port.ToString(), route.User, route.Identity.PrivateFile, route.KnownHosts, .. more]);
}
