using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// Diffie-Hellman in a finite field (RFC 4253 §8, RFC 8268), also with a group that was agreed on first (RFC 4419). Shares and
/// secret are mpints. Private exponents have 512 bits, the least that OpenSSH takes and more than twice the strength of any of
/// the groups, so the hash of the method does not matter here.
/// </summary>
internal sealed class FiniteFieldKeyAgreement(FiniteFieldGroup group) : KeyAgreement
{
    private const int ExponentLength = 64;

    private readonly byte[] _exponent = GC.AllocateArray<byte>(ExponentLength, pinned: true);

    public override byte[] CreateClientShare()
    {
        byte[] share = new byte[group.Prime.Length];
        do
        {
            RandomNumberGenerator.Fill(_exponent);
            _exponent[0] |= 0x80;
            LibCrypto.ModularPower(group.Generator, _exponent, group.Prime, share);
        }
        while (!group.IsInRange(share.AsSpan().TrimStart((byte)0)));
        return Mpint.FromUnsigned(share);
    }

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverShare)
    {
        ReadOnlySpan<byte> peer = RequireValid(serverShare);
        byte[] secret = GC.AllocateUninitializedArray<byte>(group.Prime.Length, pinned: true);
        try
        {
            LibCrypto.ModularPower(peer, _exponent, group.Prime, secret);

            // Cannot be with a safe prime; a hostile group may have small subgroups.
            if (!group.IsInRange(secret.AsSpan().TrimStart((byte)0))) throw Refuse();
            return Mpint.FromUnsigned(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override (byte[] ServerShare, byte[] Secret) Respond(ReadOnlySpan<byte> clientShare)
    {
        RequireValid(clientShare);
        byte[] share = CreateClientShare();
        return (share, DeriveSecret(clientShare));
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_exponent);

    /// <summary>The magnitude of an mpint's contents that is in [2, p−2] and encoded as RFC 4251 §5 demands.</summary>
    private ReadOnlySpan<byte> RequireValid(ReadOnlySpan<byte> share)
    {
        if (share.IsEmpty || (share[0] & 0x80) != 0) throw Refuse();
        if (share[0] == 0)
        {
            if (share.Length == 1 || (share[1] & 0x80) == 0) throw Refuse();
            share = share[1..];
        }

        return group.IsInRange(share) ? share : throw Refuse();
    }

    private static SshProtocolException Refuse() =>
        new(DisconnectReason.KeyExchangeFailed, "the key exchange value is not valid");
}
