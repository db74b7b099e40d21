using System.Runtime.InteropServices;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>The few calls of libc that the tests need and .NET has not.</summary>
internal static partial class NativeMethods
{
    public const int SignalHangup = 1;
    public const int SignalInterrupt = 2;
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;
    /// <summary>O_RDWR | O_NOCTTY | O_CLOEXEC: no child may hold a master open.</summary>
    public const int OpenMasterFlags = 0x80102;
    public const nuint SetWindowSize = 0x5414;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    public static partial int Grant(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int Unlock(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    public static unsafe partial int SlaveName(int descriptor, byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int SetSize(int descriptor, nuint request, in WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    public readonly struct WindowSize(ushort rows, ushort columns)
    {
        public readonly ushort Rows = rows;
        public readonly ushort Columns = columns;
        public readonly ushort Width;
        public readonly ushort Height;
    }
}
