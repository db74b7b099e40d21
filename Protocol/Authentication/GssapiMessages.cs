using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication;

/// <summary>What both sides of gssapi-with-mic (RFC 4462 §3) write.</summary>
internal static class GssapiMessages
{
    public const string MethodName = "gssapi-with-mic";

    /// <summary>Tokens of one login in each direction; Kerberos needs one or two.</summary>
    public const int MaxTokens = 16;

    /// <summary>A message of a single string: a token, an error token, a MIC.</summary>
    public static byte[] OfString(MessageId id, ReadOnlySpan<byte> data)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteMessageId(id);
        writer.WriteString(data);
        return writer.ToArray();
    }

    /// <summary>The single string of such a message.</summary>
    public static byte[] ReadString(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        byte[] data = reader.ReadString().ToArray();
        reader.ExpectEnd();
        return data;
    }

    /// <summary>What the MIC covers: string session identifier, byte 50, string user, string service, string method (RFC 4462 §3.5).</summary>
    public static byte[] MicData(SshTransport transport, string user)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteString(transport.SessionId.Span);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(user);
        writer.WriteString("ssh-connection");
        writer.WriteString(MethodName);
        return writer.ToArray();
    }
}

/// <summary>What a step of a GSS-API exchange came to.</summary>
/// <param name="Token">For the peer; empty: nothing.</param>
/// <param name="IsComplete">The context is established.</param>
/// <param name="Error">Not null: it failed, and the token, if any, is an error token.</param>
public sealed record GssapiStep(ReadOnlyMemory<byte> Token, bool IsComplete, GssapiError? Error = null);

/// <summary>Why a GSS-API exchange failed (RFC 4462 §3.8).</summary>
/// <param name="Major">Status of GSS-API.</param>
/// <param name="Minor">Status of the mechanism.</param>
/// <param name="Message">In words; neither escaped nor secret.</param>
public sealed record GssapiError(uint Major, uint Minor, string Message);
