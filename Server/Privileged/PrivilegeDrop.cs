using System.Runtime.InteropServices;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Privileged;

/// <summary>Gives up root for good, in every thread of this process.</summary>
internal static unsafe class PrivilegeDrop
{
    private const nint SetFilter = 1;
    private const nint OnAllThreads = 1;
    private const ushort ReturnStatement = 0x06;
    private const uint Allow = 0x7fff0000;

    /// <summary>
    /// Becomes the user. Ports below 1024 can still be bound, through <see cref="PortBinder"/>; nothing else that root may do is left, nor is
    /// there a way back: no program that is started gains rights, no process of the same user can look into this one.
    /// </summary>
    /// <param name="user">Whom to become.</param>
    /// <param name="moreGroups">Groups to be in besides his own.</param>
    /// <exception cref="PrivilegedHelperException">It did not work; the process must end then.</exception>
    public static void To(SystemUser user, IReadOnlyList<uint> moreGroups)
    {
        if (user.Uid == 0) throw new ArgumentException("root is no user to drop to", nameof(user));
        PortBinder.Prepare();
        // glibc makes these calls in all threads.
        uint[] groups = [.. user.GroupIds.Union(moreGroups)];
        Check(SystemCalls.setgroups((nuint)groups.Length, groups), "setgroups");
        Check(SystemCalls.setresgid(user.Gid, user.Gid, user.Gid), "setresgid");
        Check(SystemCalls.setresuid(user.Uid, user.Uid, user.Uid), "setresuid");
        PortBinder.KeepPorts();
        ForbidNewPrivileges();
        ForbidDebuggers();
        if (SystemCalls.setresuid(0, 0, 0) == 0 || SystemCalls.geteuid() != user.Uid) throw new PrivilegedHelperException("root could be taken back");
        Environment.SetEnvironmentVariable("HOME", user.Home);
        Environment.SetEnvironmentVariable("USER", user.Name);
        Environment.SetEnvironmentVariable("LOGNAME", user.Name);
    }

    /// <summary>No core dump, no ptrace, no look into the memory by processes of the same user.</summary>
    public static void ForbidDebuggers() => Check(SystemCalls.prctl(SystemCalls.PrSetDumpable, 0, 0, 0, 0), "PR_SET_DUMPABLE");

    /// <summary>
    /// prctl does it for the calling thread only, and the runtime has several by now. Installing a seccomp filter (one that allows everything)
    /// with TSYNC hands it to all of them.
    /// </summary>
    private static void ForbidNewPrivileges()
    {
        Check(SystemCalls.prctl(SystemCalls.PrSetNoNewPrivs, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
        var statement = new FilterStatement { Code = ReturnStatement, Value = Allow };
        var program = new FilterProgram { Length = 1, Statements = &statement };
        // Where the kernel has no seccomp this thread, and those it starts, have it at least.
        _ = SystemCalls.syscall(SystemCalls.Numbers.Seccomp, SetFilter, OnAllThreads, (nint)(&program));
    }

    private static void Check(int result, string call)
    {
        if (result != 0) throw new PrivilegedHelperException($"{call}: {SystemCalls.LastError}");
    }

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterStatement
    {
        public ushort Code;
        public byte IfTrue;
        public byte IfFalse;
        public uint Value;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public FilterStatement* Statements;
    }
}
