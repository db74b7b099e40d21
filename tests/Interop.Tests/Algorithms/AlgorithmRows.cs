using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>What each leg must be able to speak. A new algorithm is a new name here and nothing else.</summary>
public static class AlgorithmRows
{
    private static readonly string[] AeadCiphers = ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"];
    private static readonly string[] CounterCiphers = ["aes256-ctr", "aes192-ctr", "aes128-ctr"];
    private static readonly string[] EncryptThenMac = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"];
    private static readonly string[] PlainMacs = ["hmac-sha2-256", "hmac-sha2-512"];

    private static readonly string[] DefaultKex =
    [
        "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org",
    ];

    private static readonly string[] OlderKex =
    [
        "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha256",
    ];

    private static readonly string[] GatewayHostKeys = ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"];
    private static readonly string[] DestinationHostKeys = ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256"];

    // No DSA, no SHA-1; sk keys need a device and are tested elsewhere.
    private static readonly string[] UserKeys = ["ed25519", "rsa:2048", "rsa:4096", "ecdsa:256", "ecdsa:384", "ecdsa:521"];

    /// <summary>Stock client to gateway: what the gateway offers by default as a server.</summary>
    public static TheoryData<AlgorithmRow> ClientLeg => [.. Ciphers(EncryptThenMac), .. Kexes(DefaultKex), .. HostKeys(GatewayHostKeys), .. Users(UserKeys)];

    /// <summary>Gateway to sshd: in addition plain MACs, older key exchanges and ECDSA host keys.</summary>
    public static TheoryData<AlgorithmRow> DestinationLeg =>
        [.. Ciphers([.. EncryptThenMac, .. PlainMacs]), .. Kexes([.. DefaultKex, .. OlderKex]), .. HostKeys(DestinationHostKeys), .. Users(["ed25519", "rsa:3072", "ecdsa:256"])];

    private static IEnumerable<AlgorithmRow> Ciphers(string[] macs) =>
        AeadCiphers.Select(cipher => new AlgorithmRow { Cipher = cipher })
            .Concat(CounterCiphers.SelectMany(cipher => macs.Select(mac => new AlgorithmRow { Cipher = cipher, Mac = mac })));

    // Which of them the installed OpenSSH knows depends on its version: ML-KEM came with 9.9.
    private static IEnumerable<AlgorithmRow> Kexes(string[] names) => names.Intersect(KnownKex(), StringComparer.Ordinal).Select(name => new AlgorithmRow { Kex = name });

    private static string[] KnownKex() =>
        ChildProcess.RunAsync("ssh", ["-Q", "kex"]).GetAwaiter().GetResult().Succeeded().OutputText.Split('\n');

    private static IEnumerable<AlgorithmRow> HostKeys(string[] names) => names.Select(name => new AlgorithmRow { HostKey = name });

    private static IEnumerable<AlgorithmRow> Users(string[] types) => types.Select(type => new AlgorithmRow { UserKey = type });
}
