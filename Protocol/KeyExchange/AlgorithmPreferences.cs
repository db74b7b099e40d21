namespace SshGateway.Protocol.KeyExchange;

/// <summary>The names one side offers in SSH_MSG_KEXINIT (RFC 4253 §7.1), preferred first; the same in both directions.</summary>
public sealed record AlgorithmPreferences
{
    public required IReadOnlyList<string> KeyExchanges { get; init; }

    public required IReadOnlyList<string> HostKeys { get; init; }

    public required IReadOnlyList<string> Ciphers { get; init; }

    public required IReadOnlyList<string> Macs { get; init; }

    public IReadOnlyList<string> Compressions { get; init; } = ["none"];
}

/// <summary>What a key exchange agreed on.</summary>
/// <param name="KeyExchange">Key exchange method.</param>
/// <param name="HostKey">Host key signature algorithm.</param>
/// <param name="CipherIn">Cipher of what we receive.</param>
/// <param name="CipherOut">Cipher of what we send.</param>
/// <param name="MacIn">MAC of what we receive; empty with an AEAD cipher.</param>
/// <param name="MacOut">MAC of what we send; empty with an AEAD cipher.</param>
/// <param name="CompressionIn">Compression of what we receive.</param>
/// <param name="CompressionOut">Compression of what we send.</param>
/// <param name="IsStrict">Strict key exchange (OpenSSH PROTOCOL 1.9) is in force.</param>
public sealed record NegotiatedAlgorithms(
    string KeyExchange,
    string HostKey,
    string CipherIn,
    string CipherOut,
    string MacIn,
    string MacOut,
    string CompressionIn,
    string CompressionOut,
    bool IsStrict)
{
    /// <summary>Whether the key exchange withstands a quantum computer: one of the hybrids with ML-KEM or NTRU Prime.</summary>
    public bool IsPostQuantum =>
        KeyExchange.StartsWith("mlkem", StringComparison.Ordinal) || KeyExchange.StartsWith("sntrup", StringComparison.Ordinal);
}
