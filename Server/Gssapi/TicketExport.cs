using System.Security.Cryptography;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Gssapi;

/// <summary>
/// Delegated tickets as the content of a credential cache file. The library writes it by a file beside it and a new name, so there must be a folder for
/// a moment: one of our own, in memory where the system has a place for that. Blocks: see <see cref="GssThreads"/>.
/// </summary>
internal static class TicketExport
{
    private const string InMemory = "/dev/shm";

    /// <exception cref="GssException">They cannot be had, or are larger than a helper takes.</exception>
    public static byte[] Export(GssCredential tickets)
    {
        string? folder = null;
        try
        {
            folder = MakeFolder();
            string file = Path.Combine(folder, "tickets");
            tickets.StoreInto("FILE:" + file);
            return Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GssException(e.Message);
        }
        finally
        {
            if (folder is not null) Delete(folder);
        }
    }

    private static string MakeFolder()
    {
        string parent = Directory.Exists(InMemory) ? InMemory : Path.GetTempPath();
        string folder = Path.Combine(parent, "sshgateway-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(12)));
        return Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    private static byte[] Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        if (stream.Length is 0 or > IPrivilegedHelper.MaxTickets) throw new GssException($"a credential cache of {stream.Length} bytes");
        byte[] content = GC.AllocateUninitializedArray<byte>((int)stream.Length, pinned: true);
        stream.ReadExactly(content);
        return content;
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is ours and nobody else's; what is left of it cannot be read by others.
        }
    }
}
