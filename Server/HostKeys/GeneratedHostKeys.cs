using SshGateway.Protocol.Keys;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.HostKeys;

/// <summary>The host keys of a gateway whose configuration names none: made at the first start and kept in the state directory.</summary>
internal static class GeneratedHostKeys
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly (string Name, Func<PrivateKey> Generate)[] Generated =
    [
        ("ssh_host_ed25519_key", PrivateKey.GenerateEd25519),
        ("ssh_host_rsa_key", static () => PrivateKey.GenerateRsa(3072)),
    ];

    /// <summary>The files of the generated keys, made where they lack; without <paramref name="generate"/> those that are there.</summary>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public static IReadOnlyList<string> Files(string stateDir, bool generate)
    {
        if (!generate) return [.. Generated.Select(item => Path.Combine(stateDir, item.Name)).Where(File.Exists)];
        Directory.CreateDirectory(stateDir, OwnerOnly | UnixFileMode.UserExecute);
        return [.. Generated.Select(item => Ensure(Path.Combine(stateDir, item.Name), item.Generate))];
    }

    /// <summary>Signature algorithms of the keys that a first start makes.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = [KeyTypes.Ed25519, KeyTypes.RsaSha512, KeyTypes.RsaSha256];

    private static string Ensure(string path, Func<PrivateKey> generate)
    {
        if (File.Exists(path)) return path;
        using PrivateKey key = generate();
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        byte[] content = key.ToOpenSshFile("sshgateway");
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                file.Write(content);
                StateFolder.GiveToOwnerOf(Path.GetDirectoryName(path)!, file.SafeFileHandle);
                file.Flush(flushToDisk: true);
            }

            // Two processes may start at once: the first to get here wins, the other uses its key.
            File.Move(temporary, path, overwrite: false);
            // Deleted first: it could be a link that somebody has put into a folder that is not root's.
            File.Delete(path + ".pub");
            using (var file = new FileStream(path + ".pub", FileMode.CreateNew, FileAccess.Write))
                file.Write(System.Text.Encoding.ASCII.GetBytes(key.PublicKey + " sshgateway\n"));
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(content);
        }

        return path;
    }
}
