using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Reads the arguments of an ssh client for what they mean to a gateway that runs no ssh client.</summary>
internal static class SshArgumentReader
{
    public static bool Read(ConfigNode node, ReadContext context, out SshArguments value)
    {
        value = new SshArguments();
        if (!Values.ListOf<string>(Values.Text)(node, context, out IReadOnlyList<string> arguments)) return false;
        value = value with { Raw = arguments };
        return true;
    }
}
