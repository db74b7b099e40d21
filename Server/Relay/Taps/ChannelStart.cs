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

    /// <summary>The command stands in the user's own file of keys: it must be permitted like one that he asks for.</summary>
    public bool IsUsersOwn { get; init; }

    /// <summary>A terminal is asked for if the client has asked for none.</summary>
    public bool ForceTerminal { get; init; }

    /// <summary>Variables for this start alone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>The request goes on as it came.</summary>
    public bool IsUnchanged => Type == AskedType && Command.Span.SequenceEqual(AskedCommand.Span);
}
