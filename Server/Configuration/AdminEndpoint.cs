namespace SshGateway.Server.Configuration;

/// <summary>Where HTTP is listened for: a TCP address, or the path of a Unix socket.</summary>
internal sealed record AdminEndpoint
{
    public const string SocketPrefix = "unix:";

    /// <summary>Paths of sockets are short: sun_path has 108 bytes, with a NUL at the end (unix(7)).</summary>
    public const int MaxPathBytes = 107;

    /// <summary>Null where it is a socket.</summary>
    public HostEndpoint? Address { get; init; }

    /// <summary>Null where it is an address.</summary>
    public string? SocketPath { get; init; }

    public override string ToString() => SocketPath is { } path ? SocketPrefix + path : Address.ToString()!;
}
