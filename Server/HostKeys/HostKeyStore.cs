using SshGateway.Protocol.Keys;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.HostKeys;

/// <summary>The gateway's own host keys: those of the configuration, or made at the first start and kept in the state directory.</summary>
internal static class HostKeyStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly (string Name, Func<PrivateKey> Generate)[] Generated =
    [
        ("ssh_host_ed25519_key", PrivateKey.GenerateEd25519),
        ("ssh_host_rsa_key", static () => PrivateKey.GenerateRsa(3072)),
    ];

    /// <summary>Loads every host key, generating what a first start lacks.</summary>
    /// <exception cref="KeyFileException">A file cannot be read or holds no private key.</exception>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public static IReadOnlyList<(PrivateKey Key, string File)> Load(GatewayConfiguration configuration)
    {
        IReadOnlyList<string> files = configuration.HostKeys.Count > 0 ? configuration.HostKeys : EnsureGenerated(configuration.StateDir);
        return [.. files.Select(file => (PrivateKey.Load(file), file))];
    }

    private static string[] EnsureGenerated(string stateDir)
    {
        Directory.CreateDirectory(stateDir, OwnerOnly | UnixFileMode.UserExecute);
        return [.. Generated.Select(item => Ensure(Path.Combine(stateDir, item.Name), item.Generate))];
    }

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
                file.Flush(flushToDisk: true);
            }

            // Two processes may start at once: the first to get here wins, the other uses its key.
            File.Move(temporary, path, overwrite: false);
            File.WriteAllText(path + ".pub", key.PublicKey + " sshgateway\n");
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
