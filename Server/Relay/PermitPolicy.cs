using System.Text;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay.Commands;

namespace SshGateway.Server.Relay;

/// <summary>The rules of <c>permit.*</c> (CONFIG), and the variables that never pass.</summary>
/// <param name="permit">What the route permits.</param>
/// <param name="pool">The route's hosts, for patterns that name them.</param>
internal sealed class PermitPolicy(PermitConfiguration permit, IReadOnlyList<HostEndpoint> pool) : IRelayPolicy
{
    private static readonly OpenRefusal Forbidden = new(OpenFailureReason.AdministrativelyProhibited, "the gateway does not permit this");
    private static readonly OpenRefusal Unknown = new(OpenFailureReason.UnknownChannelType, "unknown channel type");

    public OpenRefusal? CheckOpen(string channelType, ReadOnlySpan<byte> typeSpecificData) => channelType switch
    {
        "session" => null,
        "direct-tcpip" => AllowsAddress(permit.LocalForward, typeSpecificData) ? null : Forbidden,
        "direct-streamlocal@openssh.com" => AllowsName(permit.Streamlocal, typeSpecificData) ? null : Forbidden,
        "tun@openssh.com" => permit.Tunnel.AllowsAny ? null : Forbidden,
        _ => Unknown,
    };

    public bool AllowsChannelRequest(string requestType, ReadOnlySpan<byte> typeSpecificData) => requestType switch
    {
        "pty-req" => permit.Pty.AllowsAny,
        "shell" => permit.Shell.AllowsAny,
        "exec" => AllowsName(permit.Exec, typeSpecificData),
        "subsystem" => AllowsName(permit.Subsystems, typeSpecificData),
        "x11-req" => permit.X11.AllowsAny,
        "auth-agent-req@openssh.com" => permit.Agent.AllowsAny,
        // string variable name, string variable value (RFC 4254 §6.4)
        "env" => !DangerousVariables.Contains(new SshReader(typeSpecificData).ReadString()),
        _ => true,
    };

    public bool AllowsGlobalRequest(string requestType, ReadOnlySpan<byte> typeSpecificData) => requestType switch
    {
        "tcpip-forward" => AllowsAddress(permit.RemoteForward, typeSpecificData),
        "streamlocal-forward@openssh.com" => AllowsName(permit.Streamlocal, typeSpecificData),
        _ => true,
    };

    private bool AllowsAddress(PermitRule rule, ReadOnlySpan<byte> data)
    {
        if (rule.IsUnconditional) return true;
        // string host, uint32 port, … (RFC 4254 §7.1, §7.2)
        var reader = new SshReader(data);
        string host = Encoding.UTF8.GetString(reader.ReadString(1024));
        uint port = reader.ReadUInt32();
        return port <= ushort.MaxValue && rule.Allows(host, (int)port, pool);
    }

    private static bool AllowsName(PermitRule rule, ReadOnlySpan<byte> data)
    {
        if (rule.IsUnconditional) return true;
        var reader = new SshReader(data);
        return rule.AllowsName(Encoding.UTF8.GetString(reader.ReadString()));
    }
}
