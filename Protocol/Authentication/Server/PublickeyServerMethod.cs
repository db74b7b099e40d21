using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>Says which keys belong to a user.</summary>
public interface IPublicKeyAuthority
{
    /// <summary>Whether the user may log in with this key, if he can sign with it. Asked for queries and again for signatures.</summary>
    ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken);

    /// <summary>The user asked whether an accepted key would do (SSH_MSG_USERAUTH_PK_OK); he is not authenticated yet.</summary>
    void KeyQueried(string user, PublicKey key);

    /// <summary>
    /// Whether a valid signature of an accepted security key is enough, by what the device says of it. Where no option says otherwise,
    /// somebody must have touched the device.
    /// </summary>
    bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature);
}

/// <summary>
/// Method publickey (RFC 4252 §7), with its query round, and publickey-hostbound-v00@openssh.com, whose request names the
/// host key of this connection (OpenSSH PROTOCOL 1.11).
/// </summary>
public sealed class PublickeyServerMethod(IPublicKeyAuthority authority, IReadOnlyList<string> algorithms) : ServerAuthenticationMethod
{
    internal const string MethodName = "publickey";
    internal const string HostboundName = "publickey-hostbound-v00@openssh.com";

    public override string Name => MethodName;

    public override bool Handles(string method) => method is MethodName or HostboundName;

    public override async ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, SshTransport transport, CancellationToken cancellationToken)
    {
        if (!TryParse(request, transport, out KeyRequest parsed)) return MethodOutcome.Failure;
        if (!algorithms.Contains(parsed.Algorithm, StringComparer.Ordinal)) return MethodOutcome.Failure;
        if (!PublicKey.TryParse(parsed.Blob, out PublicKey? key)) return MethodOutcome.Failure;
        if (!key.SignatureAlgorithms.Contains(parsed.Algorithm, StringComparer.Ordinal)) return MethodOutcome.Failure;
        if (!await authority.IsAcceptedAsync(request.User, key, parsed.Algorithm, cancellationToken).ConfigureAwait(false))
            return MethodOutcome.Failure;
        if (parsed.Signature is null)
        {
            WritePkOk(transport, parsed);
            authority.KeyQueried(request.User, key);
            return MethodOutcome.Answered;
        }

        return Verify(key, parsed, request.SignedData(transport, parsed.SignedLength))
            ? MethodOutcome.Success(new AuthenticatedUser(request.User, MethodName, key))
            : MethodOutcome.Failure;
    }

    private bool Verify(PublicKey key, KeyRequest request, byte[] signedData)
    {
        if (!key.IsSecurityKey) return key.Verify(request.Algorithm, signedData, request.Signature);
        return key.VerifySk(request.Algorithm, signedData, request.Signature, out SkSignatureInfo info) && authority.IsSignatureAccepted(key, info);
    }

    private static bool TryParse(UserauthRequest request, SshTransport transport, out KeyRequest parsed)
    {
        // boolean has signature, string algorithm, string key blob, [string server host key], [string signature]
        var reader = new SshReader(request.Fields);
        bool hasSignature = reader.ReadBoolean();
        string algorithm = reader.ReadAscii();
        byte[] blob = reader.ReadString().ToArray();
        bool hostMatches = request.Method != HostboundName || reader.ReadString().SequenceEqual(transport.HostKey!.Blob.Span);
        int signedLength = request.Message.Length - reader.Remaining;
        byte[]? signature = hasSignature ? reader.ReadString().ToArray() : null;
        reader.ExpectEnd();
        parsed = new KeyRequest(algorithm, blob, signature, signedLength);
        return hostMatches;
    }

    private static void WritePkOk(SshTransport transport, KeyRequest request)
    {
        // byte SSH_MSG_USERAUTH_PK_OK, string algorithm, string key blob
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.UserauthPkOk);
        writer.WriteString(request.Algorithm);
        writer.WriteString(request.Blob);
        transport.Write(writer.Written);
    }

    private readonly record struct KeyRequest(string Algorithm, byte[] Blob, byte[]? Signature, int SignedLength);
}
