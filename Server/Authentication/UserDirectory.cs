using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace SshGateway.Server.Authentication;

/// <summary>A user of the system.</summary>
internal sealed record SystemUser(string Name, uint Uid, uint Gid, string Home, string Shell)
{
    /// <summary>Names of the user's groups, the primary one first.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Ids of all of the user's groups, also of those without a name.</summary>
    public IReadOnlyList<uint> GroupIds { get; init; } = [];
}

/// <summary>Users of the system, through NSS: passwd, LDAP, SSSD, whatever the machine is set up for.</summary>
internal static unsafe partial class UserDirectory
{
    private const int MaxNameLength = 256;
    private const int Erange = 34;

    /// <summary>The user, or null when there is none of that name. Names that no system can have are not asked for.</summary>
    public static SystemUser? Find(string name)
    {
        if (name.Length is 0 or > MaxNameLength || name.AsSpan().IndexOfAny('\0', '\n', ':') >= 0 || name.Contains('/', StringComparison.Ordinal)) return null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (true)
            {
                int result = TryFind(name, buffer, out SystemUser? user);
                if (result != Erange) return user;
                int size = buffer.Length * 2;
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(size);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int TryFind(string name, byte[] buffer, out SystemUser? user)
    {
        user = null;
        Passwd entry;
        Passwd* found;
        fixed (byte* bytes = buffer)
        {
            int result = getpwnam_r(name, &entry, bytes, (nuint)buffer.Length, &found);
            if (result != 0 || found is null) return result;
            string canonical = Text(entry.Name);
            uint[] groups = GroupIdsOf(canonical, entry.Gid);
            user = new SystemUser(canonical, entry.Uid, entry.Gid, Text(entry.Directory), Text(entry.Shell))
            {
                Groups = [.. groups.Select(GroupName).OfType<string>()],
                GroupIds = groups,
            };
            return 0;
        }
    }

    private static uint[] GroupIdsOf(string name, uint gid)
    {
        uint[] ids = new uint[64];
        int count = ids.Length;
        while (getgrouplist(name, gid, ids, ref count) < 0 && count > ids.Length && count <= 65536) ids = new uint[count];
        return ids[..Math.Min(count, ids.Length)];
    }

    private static string? GroupName(uint gid)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            Group entry;
            Group* found;
            fixed (byte* bytes = buffer)
            {
                return getgrgid_r(gid, &entry, bytes, (nuint)buffer.Length, &found) == 0 && found is not null ? Text(entry.Name) : null;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Text(byte* text) => text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getpwnam_r(string name, Passwd* entry, byte* buffer, nuint size, Passwd** result);

    [LibraryImport("libc")]
    private static partial int getgrgid_r(uint gid, Group* entry, byte* buffer, nuint size, Group** result);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getgrouplist(string user, uint gid, [In, Out] uint[] groups, ref int count);

    /// <summary>struct passwd of glibc on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Passwd
    {
        public byte* Name;
        public byte* Password;
        public uint Uid;
        public uint Gid;
        public byte* Gecos;
        public byte* Directory;
        public byte* Shell;
    }

    /// <summary>struct group of glibc on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Group
    {
        public byte* Name;
        public byte* Password;
        public uint Gid;
        public byte** Members;
    }
}
