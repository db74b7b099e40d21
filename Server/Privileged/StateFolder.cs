using Microsoft.Win32.SafeHandles;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Privileged;

/// <summary>The state directory, which the user <c>run_as</c> must be able to write.</summary>
internal static class StateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Makes it, and gives it and what lies in it to the user if it is root's; the generated host keys too, which a reload reads again.
    /// Done once only: as soon as the folder is the user's, he could put links there.
    /// </summary>
    /// <exception cref="PrivilegedHelperException">It cannot be given away.</exception>
    public static void GiveTo(string folder, SystemUser user)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            if (!UserFile.IsOwn(folder)) return;
            foreach (string file in Directory.EnumerateFileSystemEntries(folder)) Give(file, user);
            Give(folder, user);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PrivilegedHelperException($"state_dir {folder}: {e.Message}", e);
        }
    }

    /// <summary>A file that root has just made belongs to whom its folder belongs to.</summary>
    public static void GiveToOwnerOf(string folder, SafeFileHandle file)
    {
        if (SystemCalls.geteuid() == 0 && UserFile.OwnerOf(folder) is { } owner) _ = SystemCalls.fchown((int)file.DangerousGetHandle(), owner, uint.MaxValue);
    }

    public static void Give(string path, SystemUser user)
    {
        if (SystemCalls.lchown(path, user.Uid, user.Gid) != 0) throw new PrivilegedHelperException($"{path} cannot be given to {user.Name}: {SystemCalls.LastError}");
    }
}
