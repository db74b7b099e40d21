using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SshGateway.Server.Authentication;

/// <summary>What a file must be like to be read.</summary>
/// <param name="Owner">Who may own it, besides root and this process's user.</param>
/// <param name="MaxSize">Most bytes that are read; a larger file is refused.</param>
internal readonly record struct UserFileRules(uint Owner, int MaxSize)
{
    /// <summary>
    /// The owner's home folder: for a path in it, no folder from there to the file may be writable by others, as with sshd's
    /// StrictModes. Null: the path is the administrator's choice.
    /// </summary>
    public string? Home { get; init; }

    /// <summary>A private key: others must not be able to read it.</summary>
    public bool IsSecret { get; init; }
}

/// <summary>Reads a file that a user may have put there: regular files only, never blocking, bounded, not writable by strangers.</summary>
internal static unsafe partial class UserFile
{
    private const int OpenReadOnly = 0;
    private const int OpenNonBlocking = 0x800;
    private const int OpenNoTerminal = 0x100;
    private const int OpenCloseOnExec = 0x80000;
    private const int NoSuchFile = 2;
    private const int NotADirectory = 20;
    private const int AtWorkingFolder = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint StatTypeModeOwner = 0x1 | 0x2 | 0x8;
    private const ushort TypeMask = 0xf000;
    private const ushort RegularFile = 0x8000;
    private const ushort StickyBit = 0x200;
    private const ushort WritableByOthers = 0x12;
    private const ushort AnythingByOthers = 0x3f;

    /// <summary>The content; null with the reason when there is none to be had. A missing file has an empty reason.</summary>
    public static byte[]? Read(string path, uint owner, int maxSize, out string problem) => Read(path, new UserFileRules(owner, maxSize), out problem);

    /// <summary>As the other, with all the rules. What is secret is returned in a pinned array that the caller clears.</summary>
    public static byte[]? Read(string path, in UserFileRules rules, out string problem)
    {
        int descriptor = open(path, OpenReadOnly | OpenNonBlocking | OpenNoTerminal | OpenCloseOnExec);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            problem = error is NoSuchFile or NotADirectory ? "" : Marshal.GetPInvokeErrorMessage(error);
            return null;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        problem = Check(descriptor, rules);
        if (problem.Length == 0 && rules.Home is { } home) problem = CheckFolders(path, descriptor, home, rules.Owner);
        if (problem.Length > 0) return null;
        long length = RandomAccess.GetLength(handle);
        if (length > rules.MaxSize)
        {
            problem = $"larger than {rules.MaxSize} bytes";
            return null;
        }

        byte[] content = GC.AllocateUninitializedArray<byte>((int)length, pinned: rules.IsSecret);
        int read = 0;
        while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is > 0 and int count) read += count;
        if (read == content.Length) return content;
        byte[] shorter = content[..read];
        CryptographicOperations.ZeroMemory(content);
        return shorter;
    }

    /// <summary>Whether this process's user owns a file.</summary>
    public static bool IsOwn(string path) => OwnerOf(path) == geteuid();

    /// <summary>The user who owns a file; null when there is none.</summary>
    public static uint? OwnerOf(string path)
    {
        Statx status;
        return statx(AtWorkingFolder, path, 0, StatTypeModeOwner, &status) == 0 ? status.Uid : null;
    }

    /// <summary>
    /// What is wrong with a program that root's helper is to run for the gateway (sshd demands the same): it must be root's and not writable by
    /// others, nor may any folder above it be; null when all is well.
    /// </summary>
    public static string? ProgramProblem(string path)
    {
        if (RealPath(path) is not { } real) return "no such file";
        for (string? part = real; part is not null; part = Path.GetDirectoryName(part))
        {
            Statx status;
            if (statx(AtWorkingFolder, part, 0, StatTypeModeOwner, &status) != 0) return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            if (IsWritableByOthers(status) || status.Uid != 0) return $"{part} does not belong to root alone";
        }

        return null;
    }

    // In a sticky folder of root's (/tmp) others can add files but not replace anybody's.
    private static bool IsWritableByOthers(in Statx status) => (status.Mode & WritableByOthers) != 0 && !((status.Mode & StickyBit) != 0 && status.Uid == 0);

    private static string Check(int descriptor, in UserFileRules rules)
    {
        Statx status;
        if (statx(descriptor, "", AtEmptyPath, StatTypeModeOwner, &status) != 0) return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        if ((status.Mode & TypeMask) != RegularFile) return "not a regular file";
        if (status.Uid != 0 && status.Uid != rules.Owner && status.Uid != geteuid()) return "bad ownership";
        if (rules.IsSecret && (status.Mode & AnythingByOthers) != 0) return "readable by group or others";
        return (status.Mode & WritableByOthers) != 0 ? "writable by group or others" : "";
    }

    /// <summary>
    /// Where the file really lies, links followed: every folder up to the home folder (up to the root of the file system, where a
    /// link has led out of the home folder) must belong to root or the owner, and nobody else may write there.
    /// </summary>
    private static string CheckFolders(string path, int descriptor, string home, uint owner)
    {
        if (!IsBelow(path, home)) return "";
        if (RealPath(descriptor) is not { } real || RealPath(home) is not { } realHome) return "its folder cannot be found out";
        for (string? folder = Path.GetDirectoryName(real); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            Statx status;
            if (statx(AtWorkingFolder, folder, 0, StatTypeModeOwner, &status) != 0) return $"{folder}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";
            if (IsWritableByOthers(status) || (status.Uid != 0 && status.Uid != owner)) return $"bad ownership or modes of the folder {folder}";
            if (string.Equals(folder, realHome, StringComparison.Ordinal)) break;
        }

        return "";
    }

    private static bool IsBelow(string path, string folder) =>
        folder.Length > 1 && path.StartsWith(folder, StringComparison.Ordinal) && path.AsSpan(folder.TrimEnd('/').Length).StartsWith("/");

    private static string? RealPath(int descriptor)
    {
        Span<byte> target = stackalloc byte[4096];
        fixed (byte* bytes = target)
        {
            nint length = readlink($"/proc/self/fd/{descriptor}", bytes, (nuint)target.Length);
            return length > 0 && length < target.Length ? Encoding.UTF8.GetString(target[..(int)length]) : null;
        }
    }

    private static string? RealPath(string path)
    {
        byte* real = realpath(path, null);
        if (real is null) return null;
        string text = Marshal.PtrToStringUTF8((nint)real)!;
        NativeMemory.Free(real);
        return text;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int directory, string path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint readlink(string path, byte* buffer, nuint size);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial byte* realpath(string path, byte* buffer);

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
