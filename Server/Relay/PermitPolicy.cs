using System.Text;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;

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
        "shell" => permit.Shell.AllowsAny && !MustMatch,
        "exec" => AllowsCommand(typeSpecificData),
        "subsystem" => AllowsName(permit.Subsystems, typeSpecificData) && !MustMatch,
        "x11-req" => permit.X11.AllowsAny,
        "auth-agent-req@openssh.com" => permit.Agent.AllowsAny,
        "env" => !IsDangerousVariable(typeSpecificData),
        _ => true,
    };

    public bool AllowsGlobalRequest(string requestType, ReadOnlySpan<byte> typeSpecificData) => requestType switch
    {
        "tcpip-forward" => AllowsAddress(permit.RemoteForward, typeSpecificData),
        "streamlocal-forward@openssh.com" => AllowsName(permit.Streamlocal, typeSpecificData),
        _ => true,
    };

    /// <summary><c>force_command</c>.</summary>
    public byte[]? ForcedCommand { get; init; }

    /// <summary><c>command_must_match</c>: a user who asks for another command than the forced one is refused.</summary>
    public bool CommandMustMatch { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    private bool MustMatch => CommandMustMatch && ForcedCommand is not null;

    private bool AllowsCommand(ReadOnlySpan<byte> data)
    {
        if (MustMatch && !new SshReader(data).ReadString().SequenceEqual(ForcedCommand)) return false;
        return AllowsName(permit.Exec, data);
    }

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

    /// <summary>Variables that make the destination's loader or shell run something; a destination that accepts every name would obey.</summary>
    private static bool IsDangerousVariable(ReadOnlySpan<byte> data)
    {
        // string variable name, string variable value (RFC 4254 §6.4)
        var reader = new SshReader(data);
        ReadOnlySpan<byte> name = reader.ReadString();
        return name.StartsWith("LD_"u8) || name.StartsWith("DYLD_"u8) || name.StartsWith("BASH_FUNC_"u8)
            || name.SequenceEqual("BASH_ENV"u8) || name.SequenceEqual("ENV"u8) || name.SequenceEqual("IFS"u8)
            || name.SequenceEqual("SHELLOPTS"u8) || name.SequenceEqual("BASHOPTS"u8) || name.SequenceEqual("GCONV_PATH"u8)
            || name.SequenceEqual("PROMPT_COMMAND"u8) || name.SequenceEqual("PATH"u8) || name.IndexOfAny((byte)'=', (byte)0) >= 0;
    }
}
