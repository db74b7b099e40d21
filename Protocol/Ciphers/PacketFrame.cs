using System.Security.Cryptography;

namespace SshGateway.Protocol.Ciphers;

/// <summary>What all constructions do with a packet's bytes.</summary>
internal static class PacketFrame
{
    internal static void RequireSealable(int frame, int destination, int tag)
    {
        if (frame < 4 || destination != frame + tag)
            throw new ArgumentException("the destination must hold the frame and its tag", nameof(destination));
    }

    /// <summary>
    /// A packet that was not genuine ends the connection. What was decrypted of it is cleared, and the opener gives out
    /// nothing more.
    /// </summary>
    internal static void Refuse(Span<byte> packet, PacketOpener opener)
    {
        CryptographicOperations.ZeroMemory(packet);
        opener.Dispose();
    }
}
