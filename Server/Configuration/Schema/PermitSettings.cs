using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The keys of <c>permit</c>.</summary>
internal static class PermitSettings
{
    public static readonly SettingTable<PermitConfiguration> Table = new SettingTable<PermitConfiguration>()
        .Add<PermitRule>("pty", YesOrNo, (p, v) => p with { Pty = v })
        .Add<PermitRule>("exec", Names, (p, v) => p with { Exec = v })
        .Add<PermitRule>("shell", YesOrNo, (p, v) => p with { Shell = v })
        .Add<PermitRule>("subsystems", Names, (p, v) => p with { Subsystems = v })
        .Add<PermitRule>("agent", YesOrNo, (p, v) => p with { Agent = v })
        .Add<PermitRule>("x11", YesOrNo, (p, v) => p with { X11 = v })
        .Add<PermitRule>("local_forward", Destinations, (p, v) => p with { LocalForward = v })
        .Add<PermitRule>("remote_forward", Destinations, (p, v) => p with { RemoteForward = v })
        .Add<PermitRule>("streamlocal", Names, (p, v) => p with { Streamlocal = v })
        .Add<PermitRule>("tunnel", YesOrNo, (p, v) => p with { Tunnel = v })
        .Add<PermitRule>("user_environment", Names, (p, v) => p with { UserEnvironment = v });

    private static bool YesOrNo(ConfigNode node, ReadContext context, out PermitRule value)
    {
        bool good = Values.Flag(node, context, out bool allowed);
        value = allowed ? PermitRule.Allow : PermitRule.Deny;
        return good;
    }

    private static bool Names(ConfigNode node, ReadContext context, out PermitRule value)
    {
        value = PermitRule.Deny;
        if (node.Kind != ConfigKind.List) return YesOrNo(node, context, out value);
        if (!Values.ListOf<string>(Values.Text)(node, context, out IReadOnlyList<string> patterns)) return false;
        value = PermitRule.Of(patterns);
        return true;
    }

    private static bool Destinations(ConfigNode node, ReadContext context, out PermitRule value)
    {
        if (!Names(node, context, out value)) return false;
        bool good = true;
        for (int i = 0; node.Kind == ConfigKind.List && i < node.Items.Count; i++)
        {
            string text = node.Items[i].Text;
            if (!ForwardPattern.Parse(text).IsDestination) good = context.Error(node.Items[i].Mark, $"host[:port], network[:port] or {ForwardPattern.Pool} is expected, not '{Shown.Text(text)}'");
        }

        return good;
    }
}
