namespace SshGateway.Server.Relay.Taps;

/// <summary>What a session channel starts: as the user asked, and as it goes to the destination.</summary>
internal sealed record ChannelStart
{
    public const string Shell = "shell";
    public const string Exec = "exec";
    public const string Subsystem = "subsystem";

    /// <summary>Type of the request that goes to the destination: shell, exec or subsystem.</summary>
    public required string Type { get; init; }

    /// <summary>The command or the subsystem's name; empty for a shell.</summary>
    public ReadOnlyMemory<byte> Command { get; init; }

    /// <summary>Type of the request that the user made.</summary>
    public required string AskedType { get; init; }

    /// <summary>What the user asked for; empty for a shell.</summary>
    public ReadOnlyMemory<byte> AskedCommand { get; init; }

    /// <summary>The channel is not to be recorded (<c>disable_dump</c> of a translated command).</summary>
    public bool DisableDump { get; init; }
}
