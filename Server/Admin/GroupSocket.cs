using System.Net.Sockets;
using System.Runtime.InteropServices;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Admin;

/// <summary>A listening Unix socket for this user and one group, in place of whatever socket an earlier process left.</summary>
internal static partial class GroupSocket
{
    /// <param name="path">Where.</param>
    /// <param name="group">Name of the group; "" for nobody else than this user.</param>
    /// <param name="backlog">Connections that may wait to be accepted.</param>
    /// <exception cref="IOException">It cannot be made; the message says why.</exception>
    public static Socket Listen(string path, string group, int backlog)
    {
        // Made under another name, so that nobody connects before the mode is right, and put in place in one step.
        string made = $"{path}.{Environment.ProcessId}";
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(made);
            listener.Bind(new UnixDomainSocketEndPoint(made));
            Restrict(made, group);
            listener.Listen(backlog);
            File.Move(made, path, overwrite: true);
            return listener;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            listener.Dispose();
            File.Delete(made);
            throw new IOException($"the socket {path} cannot be made: {e.Message}", e);
        }
    }

    private static void Restrict(string path, string group)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        if (group.Length == 0) return;
        if (UserDirectory.GroupNumber(group) is not { } number) throw new IOException($"there is no group '{group}' (admin.group)");
        if (chown(path, uint.MaxValue, number) != 0)
            throw new IOException($"it cannot be given to the group '{group}' (admin.group): {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint owner, uint group);
}
