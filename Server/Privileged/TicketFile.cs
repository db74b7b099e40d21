using System.Globalization;
using System.Security.Cryptography;

namespace SshGateway.Server.Privileged;

/// <summary>A credential cache in /tmp, as login programs leave them, that only its owner can read. Made of system calls alone: its thread may be somebody else.</summary>
internal sealed unsafe class TicketFile : IStoredTickets
{
    private const int WriteOnly = 1;
    private const int CreateNew = 0x40 | 0x80; // O_CREAT | O_EXCL: nothing that is there already is followed or written to
    private const int CloseOnExec = 0x80000;
    private const uint OwnerOnly = 0x180; // 0600

    private TicketFile(string path) => Path = path;

    public string Path { get; }

    /// <exception cref="PrivilegedHelperException">It cannot be written.</exception>
    public static TicketFile Create(uint uid, ReadOnlySpan<byte> content)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/tmp/krb5cc_{uid}_{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}");
        int descriptor = SystemCalls.create(path, WriteOnly | CreateNew | CloseOnExec, OwnerOnly);
        if (descriptor < 0) throw new PrivilegedHelperException($"{path}: {SystemCalls.LastError}");
        var file = new TicketFile(path);
        string? problem = Write(descriptor, content);
        if (SystemCalls.close(descriptor) != 0) problem ??= SystemCalls.LastError;
        if (problem is null) return file;
        file.Delete();
        throw new PrivilegedHelperException($"{path}: {problem}");
    }

    /// <summary>False when it was not there any more.</summary>
    public bool Delete() => SystemCalls.unlink(Path) == 0;

    public ValueTask DisposeAsync()
    {
        Delete();
        return ValueTask.CompletedTask;
    }

    private static string? Write(int descriptor, ReadOnlySpan<byte> content)
    {
        fixed (byte* bytes = content)
        {
            for (nint written = 0; written < content.Length;)
            {
                nint count = SystemCalls.write(descriptor, bytes + written, (nuint)(content.Length - written));
                if (count <= 0) return SystemCalls.LastError;
                written += count;
            }
        }

        return null;
    }
}
