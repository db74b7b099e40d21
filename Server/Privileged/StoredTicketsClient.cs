using System.Net.Sockets;

namespace SshGateway.Server.Privileged;

/// <summary>Tickets that the helper keeps in a file as long as the connection is open.</summary>
internal sealed class StoredTicketsClient(NetworkStream stream, string path) : IStoredTickets
{
    public string Path => path;

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
