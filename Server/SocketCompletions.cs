namespace SshGateway.Server;

/// <summary>
/// Where the continuation of a socket operation runs. By default .NET hands it to the thread pool; for a relay, whose continuation is
/// a few microseconds of work, that hand-over costs more than the work (docs/decisions/0003-socket-completions.md).
/// </summary>
internal static class SocketCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Must be called before the first socket is made; the runtime has no other switch than this variable.</summary>
    public static void RunInline()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null) Environment.SetEnvironmentVariable(Variable, "1");
    }
}
