namespace SshGateway.Server.Configuration;

/// <summary>Carries what <c>ssh.args</c> asks for over to the settings that have the same meaning, where these were not written out.</summary>
internal static class SshArgumentsEffect
{
    public static RouteConfiguration Apply(RouteConfiguration route)
    {
        SshArguments args = route.SshArgs;
        return route with
        {
            Destination = Apply(route.Destination, args),
            Permit = Apply(route.Permit, args),
            Dest = WithPort(route.Dest, args.Port),
            Environment = WithVariables(route.Environment, args.SetEnv),
        };
    }

    public static PermitConfiguration Apply(PermitConfiguration permit, SshArguments args)
    {
        if (args.ForwardAgent == false) permit = permit with { Agent = PermitRule.Deny };
        if (args.ForwardX11 == false) permit = permit with { X11 = PermitRule.Deny };
        if (args.RequestTty == false) permit = permit with { Pty = PermitRule.Deny };
        if (!args.ClearAllForwardings) return permit;
        return permit with { LocalForward = PermitRule.Deny, RemoteForward = PermitRule.Deny, Streamlocal = PermitRule.Deny };
    }

    // As there: the port of the arguments is for hosts with the usual one.
    private static IReadOnlyList<HostEndpoint> WithPort(IReadOnlyList<HostEndpoint> hosts, int? port)
    {
        if (port is null or HostEndpoint.DefaultPort) return hosts;
        HostEndpoint[] changed = [.. hosts];
        for (int i = 0; i < changed.Length; i++)
        {
            if (changed[i].Port == HostEndpoint.DefaultPort) changed[i] = changed[i] with { Port = port.Value };
        }

        return changed;
    }

    private static IReadOnlyDictionary<string, string> WithVariables(IReadOnlyDictionary<string, string> written, IReadOnlyList<KeyValuePair<string, string>> variables)
    {
        if (variables.Count == 0) return written;
        OrderedDictionary<string, string> merged = new(StringComparer.Ordinal);
        foreach ((string name, string value) in variables) merged[name] = value;
        foreach ((string name, string value) in written) merged[name] = value;
        return merged;
    }

    private static DestinationConfiguration Apply(DestinationConfiguration destination, SshArguments args)
    {
        bool Free(DestinationKeys key) => (destination.Given & key) == 0;
        DestinationConfiguration result = destination;
        if (args.User is not null && Free(DestinationKeys.User)) result = result with { User = args.User };
        if (args.IdentityFiles.Count > 0 && Free(DestinationKeys.UserKeys)) result = result with { UserKeys = args.IdentityFiles };
        if (args.KnownHosts.Count > 0 && Free(DestinationKeys.KnownHosts)) result = result with { KnownHosts = args.KnownHosts };
        if (args.HostKeyCheck is { } check && Free(DestinationKeys.HostKeyCheck)) result = result with { HostKeyCheck = check };
        if (args.ConnectTimeout is { } timeout && Free(DestinationKeys.ConnectTimeout)) result = result with { ConnectTimeout = timeout };
        if (!Free(DestinationKeys.Keepalive)) return result;
        if (args.KeepaliveInterval is { } interval) result = result with { KeepaliveInterval = interval };
        if (args.KeepaliveCount is { } count) result = result with { KeepaliveCount = count };
        return result;
    }
}
