using System.Text;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>
/// The options of the line that let the user's key in (sshd(8), AUTHORIZED_KEYS FILE FORMAT), on top of what the route permits.
/// </summary>
internal sealed class KeyRestrictionPolicy(IRelayPolicy route, AuthorizedKeyOptions options) : IRelayPolicy
{
    private static readonly OpenRefusal Forbidden = new(OpenFailureReason.AdministrativelyProhibited, "the key does not permit this");

    /// <summary>The policy of a route for a key; the route's own when the key has no options.</summary>
    public static IRelayPolicy Apply(IRelayPolicy route, AuthorizedKeyOptions? options) =>
        options is null || options.Text.Length == 0 ? route : new KeyRestrictionPolicy(route, options);

    public OpenRefusal? CheckOpen(string channelType, ReadOnlySpan<byte> typeSpecificData)
    {
        bool permitted = channelType switch
        {
            "direct-tcpip" => options.PermitPortForwarding && IsListed(options.PermitOpen, typeSpecificData),
            "direct-streamlocal@openssh.com" => options.PermitPortForwarding && options.PermitOpen.Count == 0,
            "tun@openssh.com" => options.Tunnel is not null || !options.Restrict,
            _ => true,
        };
        return permitted ? route.CheckOpen(channelType, typeSpecificData) : Forbidden;
    }

    public bool AllowsChannelRequest(string requestType, ReadOnlySpan<byte> typeSpecificData)
    {
        bool permitted = requestType switch
        {
            "pty-req" => options.PermitPty,
            "auth-agent-req@openssh.com" => options.PermitAgentForwarding,
            "x11-req" => options.PermitX11Forwarding,
            _ => true,
        };
        return permitted && route.AllowsChannelRequest(requestType, typeSpecificData);
    }

    public bool AllowsGlobalRequest(string requestType, ReadOnlySpan<byte> typeSpecificData)
    {
        bool permitted = requestType switch
        {
            "tcpip-forward" => options.PermitPortForwarding && IsListed(options.PermitListen, typeSpecificData),
            "streamlocal-forward@openssh.com" => options.PermitPortForwarding && options.PermitListen.Count == 0,
            _ => true,
        };
        return permitted && route.AllowsGlobalRequest(requestType, typeSpecificData);
    }

    private static bool IsListed(IReadOnlyList<ForwardTarget> targets, ReadOnlySpan<byte> data)
    {
        if (targets.Count == 0) return true;
        var reader = new SshReader(data);
        string host = Encoding.UTF8.GetString(reader.ReadString(1024));
        uint port = reader.ReadUInt32();
        foreach (ForwardTarget target in targets)
        {
            bool hostFits = target.Host is "*" or "" || string.Equals(target.Host, host, StringComparison.OrdinalIgnoreCase);
            if (hostFits && (target.Port == ForwardTarget.AnyPort || (uint)target.Port == port)) return true;
        }

        return false;
    }
}
