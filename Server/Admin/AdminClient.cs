using System.Net.Sockets;
using SshGateway.Storage.State;

namespace SshGateway.Server.Admin;

/// <summary>Has a gateway run a command line, through its admin socket.</summary>
internal static class AdminClient
{
    /// <summary>Whether there is a socket that this user may connect to.</summary>
    public static bool IsReachable(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Copies what the gateway prints; returns the exit code.</summary>
    /// <exception cref="StateStoreException">The gateway cannot be reached, or has gone in the middle.</exception>
    public static async Task<int> RunAsync(string path, AdminRequest request, Stream output, Stream error, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new StateStoreException($"the state is in the memory of the gateway, whose admin socket {path} cannot be reached: {Reason(e)}", e);
        }

        await using var stream = new NetworkStream(socket, ownsSocket: false);
        try
        {
            await AdminFrame.WriteAsync(stream, AdminFrameKind.Request, request.Encode(), cancellationToken);
            while (await AdminFrame.ReadAsync(stream, AdminFrame.MaxLength, cancellationToken) is var (kind, data))
            {
                if (kind == AdminFrameKind.Exit) return data.Length > 0 ? data[0] : 1;
                Stream? target = kind switch { AdminFrameKind.Output => output, AdminFrameKind.Error => error, _ => null };
                if (target is null) continue;
                await CopyAsync(target, data, cancellationToken);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException { InnerException: SocketException })
        {
            throw new StateStoreException($"the admin socket {path}: {e.Message}", e);
        }

        throw new StateStoreException($"the admin socket {path}: the gateway has gone");
    }

    private static async Task CopyAsync(Stream target, byte[] data, CancellationToken cancellationToken)
    {
        await target.WriteAsync(data, cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    private static string Reason(Exception e) => e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.ConnectionRefused }
        ? "no gateway listens there"
        : e.Message;
}
