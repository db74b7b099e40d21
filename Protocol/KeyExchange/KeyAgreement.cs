using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// One run of a two-message key agreement (SSH_MSG_KEX_ECDH_INIT/REPLY and its relatives, numbers 30 and 31). Shares and
/// secret are the <em>contents</em> of the length-prefixed wire fields: raw bytes where the method uses <c>string</c>,
/// two's complement bytes where it uses <c>mpint</c>; they enter the exchange hash the same way. Peer input that is
/// not a valid share throws <see cref="SshProtocolException"/> with <see cref="DisconnectReason.KeyExchangeFailed"/>.
/// </summary>
internal abstract class KeyAgreement : IDisposable
{
    /// <summary>Client: makes the key pair and returns the share for the init message. Called once.</summary>
    public abstract byte[] CreateClientShare();

    /// <summary>Client: the shared secret K from the server's share. Called once, after <see cref="CreateClientShare"/>.</summary>
    public abstract byte[] DeriveSecret(ReadOnlySpan<byte> serverShare);

    /// <summary>Server: answers the client's share with the server's share and the shared secret K. Called once.</summary>
    public abstract (byte[] ServerShare, byte[] Secret) Respond(ReadOnlySpan<byte> clientShare);

    /// <summary>Clears private values.</summary>
    public abstract void Dispose();
}
