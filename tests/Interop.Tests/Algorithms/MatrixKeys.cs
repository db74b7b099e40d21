using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>A key of each type with a certificate beside it, and the authority of all of them.</summary>
internal sealed class MatrixKeys
{
    private readonly Dictionary<string, KeyPair> _keys = new(StringComparer.Ordinal);

    private MatrixKeys(KeyPair authority) => Authority = authority;

    public KeyPair Authority { get; }

    public IReadOnlyList<KeyPair> All => [.. _keys.Values];

    public IEnumerable<string> Certificates => _keys.Values.Select(key => CertificateOf(key));

    public static string CertificateOf(KeyPair key) => key.PrivateFile + "-cert.pub";

    /// <param name="folder">Where the files are made, below <paramref name="name"/>.</param>
    /// <param name="principals">Names that the certificates are for.</param>
    /// <param name="isHost">Host certificates.</param>
    public static async Task<MatrixKeys> GenerateAsync(TemporaryFolder folder, string name, string principals, bool isHost)
    {
        var keys = new MatrixKeys(await KeyPair.GenerateAsync(folder, $"{name}/authority"));
        foreach ((string type, int? bits) in AlgorithmNames.KeyTypes)
        {
            keys._keys[type + bits] = await KeyPair.GenerateAsync(folder, $"{name}/{type}{bits}", type, bits);
        }

        foreach (KeyPair key in keys.All) await keys.CertifyAsync(key.PublicFile, principals, isHost);
        return keys;
    }

    public KeyPair For(string algorithm) => _keys[AlgorithmNames.KeyName(algorithm)];

    public async Task CertifyAsync(string publicFile, string principals, bool isHost) =>
        (await ChildProcess.RunAsync(
            "ssh-keygen", ["-q", "-s", Authority.PrivateFile, .. isHost ? ["-h"] : Array.Empty<string>(), "-I", "matrix", "-n", principals, "-z", "7", publicFile])).Succeeded();

    /// <summary>Lines of known_hosts for all keys and for the authority; <paramref name="host"/> is a pattern.</summary>
    public string KnownHosts(string host) =>
        $"@cert-authority {host} {Authority.PublicText}\n{string.Concat(All.Select(key => $"{host} {key.PublicText}\n"))}";
}
