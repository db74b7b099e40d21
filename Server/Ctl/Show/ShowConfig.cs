using System.Net;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Commands;
using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Ctl.Arguments;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show config</c>: the configuration as it comes out for a user, groups and an address of the gateway.</summary>
internal static class ShowConfig
{
    public static readonly CtlCommand Command = new(
        "show config", "[-user USER] [-groups GROUP,…] [-source HOST[:PORT]]", "the configuration calculated for a user, groups, an address of the gateway",
        CtlNeed.Configuration, [CtlOption.User, CtlOption.Groups, CtlOption.Source], RunAsync);

    private static Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string[] groups = Groups(ctl.Arguments.Value(CtlOption.Groups));
        IPEndPoint? source = Source(ctl.Arguments.Value(CtlOption.Source));
        CheckCommand.WriteFor(ctl.Configuration, ctl.Arguments.Value(CtlOption.User) ?? "", groups, source, ctl.GroupsOf, ctl.Output);
        return Task.FromResult(0);
    }

    public static string[] Groups(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <exception cref="UsageException">It is no address and no name that has one.</exception>
    public static IPEndPoint? Source(string? text)
    {
        if (text is null) return null;
        return CheckCommand.TrySource(text, LoadServices.System, out IPEndPoint? source) ? source
            : throw new UsageException($"the source '{Shown.Text(text)}' is no address and cannot be resolved; HOST[:PORT] is expected");
    }
}
