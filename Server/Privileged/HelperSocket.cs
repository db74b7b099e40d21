using System.Net.Sockets;

namespace SshGateway.Server.Privileged;

/// <summary>The helper's address: a path, or a name of the abstract kind (<c>abstract:name</c>) that needs no folder and leaves nothing behind.</summary>
internal static class HelperSocket
{
    public const string Prefix = "abstract:";

    public static UnixDomainSocketEndPoint EndPoint(string name) => new(IsAbstract(name) ? "\0" + name[Prefix.Length..] : name);

    /// <summary>Only <paramref name="user"/> and root can connect to a path; to an abstract name anybody can, and is turned away.</summary>
    public static void Bind(Socket socket, string name, uint user)
    {
        if (IsAbstract(name))
        {
            socket.Bind(EndPoint(name));
            return;
        }

        if (Path.GetDirectoryName(name) is { Length: > 0 } folder) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        RemoveStale(name);
        uint before = SystemCalls.umask(0x7f);
        try
        {
            socket.Bind(EndPoint(name));
        }
        finally
        {
            _ = SystemCalls.umask(before);
        }

        if (SystemCalls.lchown(name, user, uint.MaxValue) != 0) throw new IOException($"{name} cannot be given to user {user}: {SystemCalls.LastError}");
    }

    public static bool IsThere(string name) => IsAbstract(name) || File.Exists(name);

    public static void Remove(string name)
    {
        if (IsAbstract(name)) return;
        try
        {
            File.Delete(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }

    private static bool IsAbstract(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    private static void RemoveStale(string name)
    {
        if (!File.Exists(name)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(EndPoint(name));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(name);
            return;
        }

        throw new IOException($"{name}: another helper is serving there");
    }
}
