using SshGateway.Server.Configuration;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>What one recording is of, and how it is to be made.</summary>
internal sealed record RecordingSpec
{
    public required DumpHeader Header { get; init; }

    /// <summary>Id of the connection in logs and in the state store.</summary>
    public required string Connection { get; init; }

    /// <summary>Counts the recordings of the connection from 1.</summary>
    public required int Number { get; init; }

    public required string User { get; init; }

    /// <summary>The destination, <c>host:port</c>.</summary>
    public required string Host { get; init; }

    public required RouteConfiguration Route { get; init; }

    public bool HasTerminal { get; init; }

    public int Columns { get; init; } = 80;

    public int Rows { get; init; } = 24;

    /// <summary>A file transfer: only its head and its tail are kept.</summary>
    public bool IsTransfer { get; init; }

    /// <summary>Bytes a second from which on it counts as a bulk transfer; 0: never.</summary>
    public long BulkRate { get; init; }

    /// <summary>All that passes is digested, also what is not kept.</summary>
    public bool DigestsStreams => Route.RecordingSha256 == RecordingSha256.All || (IsTransfer && Route.RecordingSha256 == RecordingSha256.Transfers);
}
