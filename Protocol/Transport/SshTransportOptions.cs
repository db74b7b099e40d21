using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.Transport;

/// <summary>How one side of a transport behaves.</summary>
public sealed record SshTransportOptions
{
    /// <summary>What is offered; see <see cref="AlgorithmDefaults"/>.</summary>
    public required AlgorithmPreferences Algorithms { get; init; }

    /// <summary>softwareversion of our identification string (RFC 4253 §4.2), without <c>SSH-2.0-</c>.</summary>
    public string SoftwareVersion { get; init; } = "SshGateway_0.1";

    /// <summary>Server: host keys, the signature is made with the first that fits what was negotiated.</summary>
    public IReadOnlyList<ISshSigner> HostKeys { get; init; } = [];

    /// <summary>
    /// Server: leave chacha20 and CTR out of our list when the client knows an AES-GCM, because in SSH the client's order
    /// decides and older OpenSSH clients list the slower ones first.
    /// </summary>
    public bool PreferGcm { get; init; }

    /// <summary>Client: judges the server's host key; false ends the connection. Called again when a rekey shows another key.</summary>
    public Func<PublicKey, CancellationToken, ValueTask<bool>>? VerifyHostKey { get; init; }

    /// <summary>When keys are renewed; see <see cref="RekeyLimits"/>.</summary>
    public RekeyLimits RekeyLimits { get; init; } = new();

    /// <summary>Server: signature algorithms named in EXT_INFO's server-sig-algs (RFC 8308 §3.1).</summary>
    public IReadOnlyList<string> UserKeyAlgorithms { get; init; } = AlgorithmDefaults.UserKeys;

    /// <summary>Server: the groups of diffie-hellman-group-exchange; null: those of this machine.</summary>
    internal FiniteFieldGroups? Groups { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>When a side renews its keys (RFC 4253 §9, RFC 4344 §3).</summary>
public sealed record RekeyLimits
{
    /// <summary>Bytes in one direction; null: 2³² blocks of a cipher with 16-byte blocks, 1 GiB for others.</summary>
    public ulong? Bytes { get; init; }

    /// <summary>Packets in one direction.</summary>
    public ulong Packets { get; init; } = 1UL << 31;

    /// <summary>Age of the keys; zero: no limit.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a key exchange may take before the connection is closed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    internal ulong BytesFor(int blockSize) => Bytes ?? (blockSize >= 16 ? (ulong)blockSize << 32 : 1UL << 30);
}
