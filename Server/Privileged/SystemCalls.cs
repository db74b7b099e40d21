using System.Runtime.InteropServices;

namespace SshGateway.Server.Privileged;

/// <summary>The calls into the C library that changing identity needs. Every result is to be checked by the caller.</summary>
internal static unsafe partial class SystemCalls
{
    public const int SignalKill = 9;
    public const int SignalPipe = 13;
    public const int SignalTerminate = 15;
    public const int PrSetDumpable = 4;
    public const int PrSetKeepCaps = 8;
    public const int PrSetNoNewPrivs = 38;
    /// <summary>close_range(2): the same number on every architecture.</summary>
    public const nint CloseRange = 436;
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    /// <summary>Numbers of system calls that glibc wraps for all threads at once, where one thread is meant; or not at all.</summary>
    public static readonly (nint SetGroups, nint CapSet, nint Seccomp) Numbers = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (116, 126, 317),
        Architecture.Arm64 => (159, 91, 277),
        _ => throw new PlatformNotSupportedException($"no system call numbers for {RuntimeInformation.ProcessArchitecture}"),
    };

    public static string LastError => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>The user at the other end of a Unix socket, as the kernel noted it when the connection was made.</summary>
    public static uint PeerUid(System.Net.Sockets.Socket socket)
    {
        // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
        Span<uint> credentials = stackalloc uint[3];
        int size = socket.GetRawSocketOption(SocketLevel, PeerCredentials, MemoryMarshal.AsBytes(credentials));
        return size == 12 ? credentials[1] : throw new PrivilegedHelperException("the peer's credentials are not known");
    }

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setgroups(nuint count, uint[] groups);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setresuid(uint real, uint effective, uint saved);

    [LibraryImport("libc")]
    public static partial uint setfsuid(uint uid);

    [LibraryImport("libc")]
    public static partial uint setfsgid(uint gid);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint syscall(nint number, nint a, nint b, nint c);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsid();

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int dup(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int dup2(int from, int to);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fcntl(int descriptor, int command, int value);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int create(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int descriptor, byte* data, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int unlink(string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int chdir(string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int lchown(string path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchown(int descriptor, uint uid, uint gid);

    [LibraryImport("libc")]
    public static partial uint umask(uint mask);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setrlimit(int resource, ulong* limits);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int execve(string path, byte** arguments, byte** environment);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollEntry* entries, nuint count, int timeout);

    [LibraryImport("libc")]
    public static partial void _exit(int status);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
