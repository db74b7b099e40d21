using SshGateway.Interop.Tests.Harness;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

[CollectionDefinition(Name)]
public sealed class ClientMatrixCollection : ICollectionFixture<ClientMatrixBed>
{
    public const string Name = "client matrix";
}

/// <summary>
/// Beside the gateway with its defaults one that offers all it may, has a host key of each type with a certificate, and trusts every
/// user key of the matrix.
/// </summary>
public sealed class ClientMatrixBed : TestBed
{
    private string _config = "";

    internal GatewayProcess Open { get; private set; } = null!;

    internal MatrixKeys HostKeys { get; private set; } = null!;

    internal MatrixKeys UserKeys { get; private set; } = null!;

    internal SecurityKeyAgent Agent { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        HostKeys = await MatrixKeys.GenerateAsync(Folder, "hosts", "127.0.0.1", isHost: true);
        UserKeys = await MatrixKeys.GenerateAsync(Folder, "users", Environment.UserName, isHost: false);
        await File.AppendAllLinesAsync(AuthorizedKeys, UserKeys.All.Select(key => key.PublicText));
        await AddSecurityKeysAsync();

        Open = await StartGatewayAsync(DestinationOptions(Destination.Port, DestinationHostKeys.Select(key => key.PublicText)) with
        {
            HostKeys = HostKeys.All,
            AuthLines = $"  trusted_user_ca: [\"{UserKeys.Authority.PublicFile}\"]\n",
            ExtraLines =
                $"""
                host_certificates: [{string.Join(", ", HostKeys.Certificates.Select(file => $"\"{file}\""))}]
                algorithms:
                  kex: "+ecdh-sha2-*,diffie-hellman-*"
                  macs: "+hmac-sha2-256,hmac-sha2-512"
                  prefer_gcm: false
                  compression: true
                """ + "\n",
        });
        string knownHosts = Folder.Write("matrix_known_hosts", HostKeys.KnownHosts($"[127.0.0.1]:{Open.Port}"));
        _config = Folder.Write(
            "matrix_ssh_config",
            $"""
            Host *
              HostName 127.0.0.1
              Port {Open.Port}
              User {Environment.UserName}
              IdentitiesOnly yes
              UserKnownHostsFile {knownHosts}
              GlobalKnownHostsFile /dev/null
              StrictHostKeyChecking yes
              BatchMode yes
              UpdateHostKeys no
              PreferredAuthentications publickey
            """ + "\n");
    }

    /// <summary>Runs a command through <see cref="Open"/> with a client that knows nothing but the row's algorithms.</summary>
    internal Task<ProcessResult> RunAsync(string ssh, AlgorithmRow row, byte[] input, params IEnumerable<string> more)
    {
        List<string> options =
        [
            $"KexAlgorithms={row.Kex}", $"Ciphers={row.Cipher}", $"HostKeyAlgorithms={row.HostKey}", $"IdentityFile={IdentityFile(row.UserKey)}",
            // The client signs for a certificate with the key below it, which it must be allowed to use too; it offers the certificate first.
            $"PubkeyAcceptedAlgorithms={row.UserKey},{AlgorithmNames.Plain(row.UserKey)}",
        ];
        if (row.Mac is not null) options.Add($"MACs={row.Mac}");
        if (AlgorithmNames.IsCertificate(row.UserKey)) options.Add($"CertificateFile={IdentityFile(row.UserKey)}-cert.pub");
        if (IsSecurityKey(row.UserKey)) options.Add($"IdentityAgent={Agent.SocketPath}");
        // Everyone renews the keys on the way, but for the groups whose numbers take a tenth of a second each time.
        if (row.Kex is not ("diffie-hellman-group18-sha512" or "diffie-hellman-group-exchange-sha256")) options.Add("RekeyLimit=64K");
        return ChildProcess.RunAsync(ssh, ["-F", _config, "-v", .. options.Concat(more).SelectMany(option => (string[])["-o", option]), "target", "cat; exit 7"], input);
    }

    private static bool IsSecurityKey(string algorithm) => algorithm.StartsWith("sk-", StringComparison.Ordinal);

    private string IdentityFile(string algorithm) =>
        IsSecurityKey(algorithm) ? Folder[SecurityKeyFile(AlgorithmNames.Plain(algorithm))] : UserKeys.For(algorithm).PrivateFile;

    private static string SecurityKeyFile(string type) => $"users/{type.Split('@')[0]}";

    private async Task AddSecurityKeysAsync()
    {
        SoftwareAuthenticator[] keys =
        [
            new(KeyTypes.SkEd25519, PrivateKey.GenerateEd25519()),
            new(KeyTypes.SkEcdsaP256, PrivateKey.GenerateEcdsa(KeyTypes.EcdsaP256)),
        ];
        foreach (SoftwareAuthenticator key in keys)
        {
            string publicFile = Folder.Write(SecurityKeyFile(key.PublicKey.KeyType) + ".pub", $"{key.PublicKey} sk\n");
            await File.AppendAllTextAsync(AuthorizedKeys, $"{key.PublicKey}\n");
            await UserKeys.CertifyAsync(publicFile, Environment.UserName, isHost: false);
        }

        Agent = Own(new SecurityKeyAgent(Folder["sk-agent"], keys));
    }
}
