using SshGateway.Server.Configuration.Commands;
using SshGateway.Server.Ctl.Arguments;

namespace SshGateway.Server.Ctl;

/// <summary><c>convert</c>: a version-1 configuration as version 2.</summary>
internal static class ConvertFile
{
    public static readonly CtlCommand Command = new(
        "convert", "", "print the configuration file, written for version 1 of sshproxy, as version 2", CtlNeed.Nothing, [], RunAsync);

    private static Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string file = ctl.Arguments.Value(CtlOption.Configuration) ?? CtlOption.DefaultConfiguration;
        return Task.FromResult(ConvertCommand.Run(file, ctl.Output, ctl.Error) == 0 ? 0 : CtlRun.StoreFailed);
    }
}
