using System.Security.Cryptography;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>SSH_MSG_KEXINIT (RFC 4253 §7.1), as sent or received.</summary>
internal sealed class KexInitMessage
{
    public const string StrictClient = "kex-strict-c-v00@openssh.com";
    public const string StrictServer = "kex-strict-s-v00@openssh.com";
    public const string ExtInfoClient = "ext-info-c";

    private KexInitMessage(byte[] payload, string[][] lists, bool firstKexPacketFollows)
    {
        Payload = payload;
        Lists = lists;
        FirstKexPacketFollows = firstKexPacketFollows;
    }

    /// <summary>The whole message: it enters the exchange hash.</summary>
    public byte[] Payload { get; }

    public bool FirstKexPacketFollows { get; }

    public IReadOnlyList<string> KeyExchanges => Lists[0];

    public IReadOnlyList<string> HostKeys => Lists[1];

    public IReadOnlyList<string> CiphersClientToServer => Lists[2];

    private string[][] Lists { get; }

    /// <summary>Builds our message; <paramref name="markers"/> are the pseudo-methods that ride in the kex list.</summary>
    public static KexInitMessage Create(AlgorithmPreferences offer, IReadOnlyList<string> markers)
    {
        string[] kex = [.. offer.KeyExchanges, .. markers];
        using var writer = new SshWriter(stackalloc byte[2048]);
        // byte SSH_MSG_KEXINIT, byte[16] cookie, name-list × 10, boolean first_kex_packet_follows, uint32 0
        writer.WriteMessageId(MessageId.KexInit);
        writer.WriteBytes(RandomNumberGenerator.GetBytes(16));
        writer.WriteNameList(kex);
        writer.WriteNameList(offer.HostKeys);
        writer.WriteNameList(offer.Ciphers);
        writer.WriteNameList(offer.Ciphers);
        writer.WriteNameList(offer.Macs);
        writer.WriteNameList(offer.Macs);
        writer.WriteNameList(offer.Compressions);
        writer.WriteNameList(offer.Compressions);
        writer.WriteNameList([]);
        writer.WriteNameList([]);
        writer.WriteBoolean(false);
        writer.WriteUInt32(0);
        return Parse(writer.ToArray());
    }

    public static KexInitMessage Parse(byte[] payload)
    {
        var reader = new SshReader(payload);
        reader.ReadMessageId();
        reader.ReadBytes(16);
        var lists = new string[10][];
        for (int i = 0; i < lists.Length; i++) lists[i] = NameList.Parse(reader.ReadString());
        bool follows = reader.ReadBoolean();
        reader.ReadUInt32();
        reader.ExpectEnd();
        return new KexInitMessage(payload, lists, follows);
    }

    /// <summary>Chooses the algorithms (RFC 4253 §7.1): for each list the client's first name that the server has.</summary>
    /// <exception cref="SshProtocolException">Nothing in common; the message names the list and what the peer offers.</exception>
    public static NegotiatedAlgorithms Negotiate(KexInitMessage client, KexInitMessage server, bool isServer, bool isStrict)
    {
        KexInitMessage peer = isServer ? client : server;
        string Choose(int list, string what) =>
            NameList.Negotiate(client.Lists[list], server.Lists[list]) ?? throw new SshProtocolException(
                DisconnectReason.KeyExchangeFailed, $"no matching {what} found; the peer offers {string.Join(',', peer.Lists[list])}");

        string kex = Choose(0, "key exchange method");
        if (!KexCatalog.IsMethod(kex))
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "no matching key exchange method found");
        string hostKey = Choose(1, "host key type");
        string cipherToServer = Choose(2, "cipher");
        string cipherToClient = Choose(3, "cipher");
        string macToServer = NeedsMac(cipherToServer) ? Choose(4, "MAC") : "";
        string macToClient = NeedsMac(cipherToClient) ? Choose(5, "MAC") : "";
        string compressionToServer = Choose(6, "compression method");
        string compressionToClient = Choose(7, "compression method");
        return isServer
            ? new NegotiatedAlgorithms(kex, hostKey, cipherToServer, cipherToClient, macToServer, macToClient, compressionToServer, compressionToClient, isStrict)
            : new NegotiatedAlgorithms(kex, hostKey, cipherToClient, cipherToServer, macToClient, macToServer, compressionToClient, compressionToServer, isStrict);
    }

    /// <summary>Whether the peer's guessed first key exchange packet fits what was negotiated (RFC 4253 §7).</summary>
    public static bool GuessWasRight(KexInitMessage client, KexInitMessage server) =>
        client.KeyExchanges.Count > 0 && server.KeyExchanges.Count > 0 && client.HostKeys.Count > 0 && server.HostKeys.Count > 0
        && client.KeyExchanges[0] == server.KeyExchanges[0] && client.HostKeys[0] == server.HostKeys[0];

    private static bool NeedsMac(string cipher) =>
        CipherCatalog.TryGetCipher(cipher, out CipherAlgorithm? algorithm) && !algorithm.IsAead;
}
