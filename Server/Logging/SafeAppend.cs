using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SshGateway.Server.Logging;

/// <summary>Opens a log to append to: a regular file with one name, no symbolic link, made with mode 0640 in a folder that exists or is made.</summary>
internal static unsafe partial class SafeAppend
{
    private const int WriteOnly = 0x1;
    private const int Create = 0x40;
    private const int AppendOnly = 0x400;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Mode = 0b110_100_000;
    private const UnixFileMode FolderMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    // The one flag here that is not the same on every architecture.
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <exception cref="IOException">It cannot be opened, or is not what a log may be.</exception>
    public static FileStream Open(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)) Directory.CreateDirectory(folder, FolderMode);
        int descriptor = open(path, WriteOnly | Create | AppendOnly | NonBlocking | CloseOnExec | NoFollow, Mode);
        if (descriptor < 0) throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (!IsPlainFile(descriptor)) throw new IOException("it is not a regular file with a single name");
            return new FileStream(handle, FileAccess.Write, bufferSize: 0);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static bool IsPlainFile(int descriptor)
    {
        const int emptyPath = 0x1000;
        Status status;
        return statx(descriptor, "", emptyPath, 0x1 | 0x4, &status) == 0 && (status.Mode & 0xf000) == 0x8000 && status.Links == 1;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int directory, string path, int flags, uint mask, Status* status);

    /// <summary>The head of struct statx; 256 bytes in all.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Status
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
