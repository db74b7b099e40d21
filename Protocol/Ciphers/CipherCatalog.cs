namespace SshGateway.Protocol.Ciphers;

/// <summary>A cipher that can be negotiated.</summary>
/// <param name="Name">Name on the wire.</param>
/// <param name="KeyLength">Bytes of key taken from the exchange hash (RFC 4253 §7.2).</param>
/// <param name="IvLength">Bytes of initial IV taken from it; 0 if the construction takes none.</param>
/// <param name="BlockSize">Cipher block size in bytes, for the rekey limit of RFC 4344 §3.2.</param>
/// <param name="IsAead">True if integrity is part of the cipher and no MAC is negotiated.</param>
internal sealed record CipherAlgorithm(string Name, int KeyLength, int IvLength, int BlockSize, bool IsAead);

/// <summary>A MAC that can be negotiated.</summary>
/// <param name="Name">Name on the wire.</param>
/// <param name="KeyLength">Bytes of key.</param>
/// <param name="TagLength">Bytes of tag on the wire.</param>
/// <param name="IsEtm">Encrypt-then-MAC (OpenSSH PROTOCOL 1.5).</param>
internal sealed record MacAlgorithm(string Name, int KeyLength, int TagLength, bool IsEtm);
