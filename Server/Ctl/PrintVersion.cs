using SshGateway.Server.Commands;

namespace SshGateway.Server.Ctl;

/// <summary><c>version</c>.</summary>
internal static class PrintVersion
{
    public static readonly CtlCommand Command = new("version", "", "print the version", CtlNeed.Nothing, [], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        await ctl.Output.WriteAsync($"{CtlUsage.Program} {VersionCommand.Version}\n");
        return 0;
    }
}
