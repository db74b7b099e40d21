using System.Buffers;
using System.Runtime.InteropServices;

namespace SshGateway.Server.Authentication;

internal static unsafe partial class UserDirectory
{
    private const int NumberBuffer = 1 << 16;

    /// <summary>The effective user of this process.</summary>
    public static uint EffectiveUid => geteuid();

    /// <summary>The name of a user, or null when the number has none.</summary>
    public static string? NameOf(uint uid)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(NumberBuffer);
        try
        {
            Passwd entry;
            Passwd* found;
            fixed (byte* bytes = buffer)
            {
                return getpwuid_r(uid, &entry, bytes, (nuint)buffer.Length, &found) == 0 && found is not null ? Text(entry.Name) : null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The number of a group, or null when there is none of that name.</summary>
    public static uint? GroupNumber(string name)
    {
        if (name.Length is 0 or > MaxNameLength || name.Contains('\0', StringComparison.Ordinal)) return null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(NumberBuffer);
        try
        {
            Group entry;
            Group* found;
            fixed (byte* bytes = buffer)
            {
                return getgrnam_r(name, &entry, bytes, (nuint)buffer.Length, &found) == 0 && found is not null ? entry.Gid : null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial int getpwuid_r(uint uid, Passwd* entry, byte* buffer, nuint size, Passwd** result);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getgrnam_r(string name, Group* entry, byte* buffer, nuint size, Group** result);
}
