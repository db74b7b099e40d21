using System.Runtime.InteropServices;

namespace SshGateway.Replay.Terminal;

/// <summary>
/// The few system calls that the console of .NET does not offer as they are needed here. (Console would also send the terminal's
/// start sequences, hide a broken pipe, and restore the terminal in its own way.)
/// </summary>
internal static unsafe partial class Libc
{
    public const int StandardInput = 0;
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    public const uint Canonical = 0x2;
    public const uint Echo = 0x8;
    public const int MinimumIndex = 6;
    public const int TimeIndex = 5;
    public const int SetNow = 0;
    public const int FlushInput = 0;

    public const int InterruptedError = 4;
    public const int AgainError = 11;
    public const int BrokenPipeError = 32;

    public const short PollIn = 0x1;
    public const short PollOut = 0x4;

    public const int SigStop = 19;

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "isatty")]
    public static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    public static partial int ForegroundGroup(int descriptor);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    public static partial int OwnGroup();

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int ProcessId();

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    public static partial int GetAttributes(int descriptor, Termios* attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    public static partial int SetAttributes(int descriptor, int actions, Termios* attributes);

    [LibraryImport("libc", EntryPoint = "tcflush")]
    public static partial int Discard(int descriptor, int queue);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }

    /// <summary>struct termios of Linux on x86-64 and arm64, glibc and musl alike; the tail has room to spare.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Termios
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte Line;
        public fixed byte ControlCharacters[32];
        public fixed uint SpeedsAndRoom[8];
    }
}
