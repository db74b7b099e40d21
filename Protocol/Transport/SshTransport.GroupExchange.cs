using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>Diffie-Hellman group exchange (RFC 4419): the server chooses the group, then a usual exchange follows in it.</summary>
public sealed partial class SshTransport
{
    /// <summary>Bits of a group: smallest, preferred and largest, as we ask for them and as far as we give them.</summary>
    private const uint SmallestGroup = 3072;
    private const uint PreferredGroup = 4096;
    private const uint LargestGroup = FiniteFieldGroup.MaxBits;

    private GroupRequest? _groupRequest;
    private FiniteFieldGroup? _group;

    private void WriteGroupRequest()
    {
        // byte SSH_MSG_KEX_DH_GEX_REQUEST, uint32 min, uint32 n, uint32 max
        _groupRequest = new GroupRequest(SmallestGroup, PreferredGroup, LargestGroup);
        using var writer = new SshWriter(stackalloc byte[16]);
        writer.WriteMessageId(MessageId.KexDhGexRequest);
        writer.WriteUInt32(SmallestGroup);
        writer.WriteUInt32(PreferredGroup);
        writer.WriteUInt32(LargestGroup);
        _writer.WriteUngated(writer.Written);
    }

    /// <summary>Server: SSH_MSG_KEX_DH_GEX_REQUEST is answered with a group.</summary>
    private void AnswerGroupRequest(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        var request = new GroupRequest(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        reader.ExpectEnd();
        if (_groupRequest is not null || request.Min > request.Preferred || request.Preferred > request.Max)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "an invalid group exchange request");
        _groupRequest = request;
        _group = (_options.Groups ?? FiniteFieldGroups.OfThisMachine).Select(Math.Max(request.Min, SmallestGroup), Math.Max(request.Preferred, SmallestGroup), request.Max)
            ?? throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "no Diffie-Hellman group of the requested size");
        _agreement = new FiniteFieldKeyAgreement(_group);

        // byte SSH_MSG_KEX_DH_GEX_GROUP, mpint p, mpint g
        using var writer = new SshWriter(stackalloc byte[1100]);
        writer.WriteMessageId(MessageId.KexDhGexGroup);
        writer.WriteUnsignedMpint(_group.Prime);
        writer.WriteUnsignedMpint(_group.Generator);
        _writer.WriteUngated(writer.Written);
    }

    /// <summary>Client: the server's group, checked, and our share in it.</summary>
    private void AcceptGroup(byte[] message)
    {
        if (_group is not null) throw new SshProtocolException(DisconnectReason.ProtocolError, "a second group in one exchange");
        var reader = new SshReader(message);
        reader.ReadMessageId();
        ReadOnlySpan<byte> prime = reader.ReadUnsignedMpint();
        ReadOnlySpan<byte> generator = reader.ReadUnsignedMpint();
        reader.ExpectEnd();
        _group = CheckedGroup(prime, generator);
        _agreement = new FiniteFieldKeyAgreement(_group);
        WriteClientShare(MessageId.KexDhGexInit);
    }

    private static FiniteFieldGroup CheckedGroup(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator)
    {
        if (prime.Length < SmallestGroup / 8 || prime.Length > LargestGroup / 8)
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the server's Diffie-Hellman group has an unacceptable size");
        try
        {
            return new FiniteFieldGroup(prime, generator);
        }
        catch (ArgumentException e)
        {
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the server's Diffie-Hellman group is invalid", e);
        }
    }

    /// <summary>What enters the exchange hash between host key and shares (RFC 4419 §3): uint32 min, n, max, mpint p, g.</summary>
    private void WriteGroupForHash(ref SshWriter writer)
    {
        if (_group is null || _groupRequest is not { } request) return;
        writer.WriteUInt32(request.Min);
        writer.WriteUInt32(request.Preferred);
        writer.WriteUInt32(request.Max);
        writer.WriteUnsignedMpint(_group.Prime);
        writer.WriteUnsignedMpint(_group.Generator);
    }

    private sealed record GroupRequest(uint Min, uint Preferred, uint Max);
}
