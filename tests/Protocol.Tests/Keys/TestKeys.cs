using System.Collections.Concurrent;
using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.Tests.Keys;

/// <summary>Keys for tests, each made once per run: generating RSA keys is slow. Not to be disposed.</summary>
internal static class TestKeys
{
    private static readonly ConcurrentDictionary<string, Lazy<PrivateKey>> Keys = new();

    public static PrivateKey Ed25519 => Get("ed25519");

    public static PrivateKey Rsa => Get("rsa", "2048");

    /// <param name="type">What ssh-keygen -t takes.</param>
    /// <param name="bits">What ssh-keygen -b takes.</param>
    /// <param name="number">Different numbers are different keys.</param>
    public static PrivateKey Get(string type, string bits = "", int number = 0) =>
        Keys.GetOrAdd($"{type} {bits} {number}", _ => new Lazy<PrivateKey>(() => Generate(type, bits))).Value;

    private static PrivateKey Generate(string type, string bits) => type switch
    {
        "ed25519" => PrivateKey.GenerateEd25519(),
        "rsa" => PrivateKey.GenerateRsa(int.Parse(bits)),
        _ => PrivateKey.GenerateEcdsa("ecdsa-sha2-nistp" + bits),
    };
}
