using System.Runtime.InteropServices;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Ctl;

/// <summary>A file made in somebody else's directory: root's ctl must not leave a database there that the gateway cannot open.</summary>
internal static unsafe partial class OwnedFile
{
    private const int AtFdCwd = -100;
    private const uint StatxUidAndGid = 0x18;
    private const int UidOffset = 20;
    private const int GidOffset = 24;
    private const int StatxSize = 256;

    /// <summary>Makes the file, empty, if it is not there; it belongs to whom the directory belongs to.</summary>
    /// <exception cref="IOException">There is no such directory, or it cannot be made.</exception>
    public static void Create(string path)
    {
        if (File.Exists(path)) return;
        using FileStream file = new(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite,
        });
        if (UserDirectory.EffectiveUid != 0 || file.Length > 0) return;
        byte* status = stackalloc byte[StatxSize];
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (statx(AtFdCwd, directory, 0, StatxUidAndGid, status) != 0) return;
        ReadOnlySpan<byte> fields = new(status, StatxSize);
        uint uid = MemoryMarshal.Read<uint>(fields[UidOffset..]), gid = MemoryMarshal.Read<uint>(fields[GidOffset..]);
        _ = fchown(file.SafeFileHandle, uid, gid);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc")]
    private static partial int fchown(SafeHandle file, uint uid, uint gid);
}
