namespace SshGateway.Protocol.Keys;

/// <summary>What a security key says about a signature it made (OpenSSH PROTOCOL.u2f).</summary>
/// <param name="UserPresent">Somebody touched the device.</param>
/// <param name="UserVerified">The device verified its user by PIN or fingerprint.</param>
/// <param name="Counter">The device's signature counter; 0 when it keeps none.</param>
public readonly record struct SkSignatureInfo(bool UserPresent, bool UserVerified, uint Counter);
