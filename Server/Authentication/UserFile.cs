using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SshGateway.Server.Authentication;

/// <summary>Reads a file that a user may have put there: regular files only, never blocking, bounded, not writable by strangers.</summary>
internal static unsafe partial class UserFile
{
    private const int OpenReadOnly = 0;
    private const int OpenNonBlocking = 0x800;
    private const int OpenCloseOnExec = 0x80000;
    private const int AtEmptyPath = 0x1000;
    private const uint StatTypeModeOwner = 0x1 | 0x2 | 0x8;
    private const ushort TypeMask = 0xf000;
    private const ushort RegularFile = 0x8000;
    private const ushort WritableByOthers = 0x12;

    /// <summary>The content; null with the reason when there is none to be had. A missing file has an empty reason.</summary>
    /// <param name="path">The file.</param>
    /// <param name="owner">Who may own it, besides root and this process's user.</param>
    /// <param name="maxSize">Most bytes that are read; a larger file is refused.</param>
    /// <param name="problem">Why there is no content.</param>
    public static byte[]? Read(string path, uint owner, int maxSize, out string problem)
    {
        int descriptor = open(path, OpenReadOnly | OpenNonBlocking | OpenCloseOnExec);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            problem = error == 2 ? "" : Marshal.GetPInvokeErrorMessage(error);
            return null;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        problem = Check(descriptor, owner);
        if (problem.Length > 0) return null;
        long length = RandomAccess.GetLength(handle);
        if (length > maxSize)
        {
            problem = $"larger than {maxSize} bytes";
            return null;
        }

        byte[] content = new byte[length];
        int read = 0;
        while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is > 0 and int count) read += count;
        return read == content.Length ? content : content[..read];
    }

    private static string Check(int descriptor, uint owner)
    {
        Statx status;
        if (statx(descriptor, "", AtEmptyPath, StatTypeModeOwner, &status) != 0) return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        if ((status.Mode & TypeMask) != RegularFile) return "not a regular file";
        if (status.Uid != 0 && status.Uid != owner && status.Uid != geteuid()) return "bad ownership";
        return (status.Mode & WritableByOthers) != 0 ? "writable by group or others" : "";
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int directory, string path, int flags, uint mask, Statx* status);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    /// <summary>The head of struct statx (the same on every Linux); 256 bytes in all.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Statx
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint Uid;
        public uint Gid;
        public ushort Mode;
    }
}
