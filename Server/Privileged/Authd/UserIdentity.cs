using SshGateway.Server.Authentication;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>
/// Runs something with the file-system identity of a user (setfsuid(2)), on a thread that lives for nothing else: there is no way
/// back to root on it that could fail. Only system calls should be made there, since the program's own files may be closed to the user.
/// </summary>
internal static class UserIdentity
{
    private const uint Query = uint.MaxValue;

    public static Task<T> RunAsync<T>(SystemUser user, Func<T> action)
    {
        // The continuation must not run on the user's thread.
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                try
                {
                    Take(user);
                    result.SetResult(action());
                }
                catch (Exception e)
                {
                    result.SetException(e);
                }
            },
            maxStackSize: 256 * 1024)
        { IsBackground = true, Name = "as a user" };
        thread.Start();
        return result.Task;
    }

    private static void Take(SystemUser user)
    {
        if (SystemCalls.geteuid() != 0)
        {
            if (SystemCalls.geteuid() == user.Uid) return;
            throw new PrivilegedHelperException("the helper is not root");
        }

        // The system call itself: glibc's setgroups would change every thread.
        uint[] groups = [.. user.GroupIds];
        if (SetGroups(groups) != 0) throw new PrivilegedHelperException("setgroups: " + SystemCalls.LastError);
        _ = SystemCalls.setfsgid(user.Gid);
        _ = SystemCalls.setfsuid(user.Uid);
        // They report no error; asking with an impossible id tells what holds now.
        if (SystemCalls.setfsgid(Query) != user.Gid || SystemCalls.setfsuid(Query) != user.Uid)
            throw new PrivilegedHelperException("the user's file-system identity cannot be taken");
    }

    private static unsafe nint SetGroups(uint[] groups)
    {
        fixed (uint* list = groups) return SystemCalls.syscall(SystemCalls.Numbers.SetGroups, groups.Length, (nint)list, 0);
    }
}
