using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>Says which machines may vouch for which users.</summary>
public interface IHostbasedAuthority
{
    /// <summary>Whether the machine with this host key may say that its user <paramref name="clientUser"/> is <paramref name="user"/> here.</summary>
    /// <param name="user">User name here.</param>
    /// <param name="key">The machine's host key, or host certificate; its signature is verified afterwards.</param>
    /// <param name="clientHost">The machine's name as it gave it, without a dot at its end.</param>
    /// <param name="clientUser">User name there.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string clientHost, string clientUser, CancellationToken cancellationToken);
}

/// <summary>Method hostbased (RFC 4252 §9).</summary>
public sealed class HostbasedServerMethod(IHostbasedAuthority authority, IReadOnlyList<string> algorithms) : ServerAuthenticationMethod
{
    private const int MaxNameLength = 1024;
    internal const string MethodName = "hostbased";

    public override string Name => MethodName;

    public override async ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, SshTransport transport, CancellationToken cancellationToken)
    {
        HostRequest parsed = Parse(request);
        if (!algorithms.Contains(parsed.Algorithm, StringComparer.Ordinal)) return MethodOutcome.Failure;
        if (!PublicKey.TryParse(parsed.Blob, out PublicKey? key) || key.IsSecurityKey) return MethodOutcome.Failure;
        if (!key.SignatureAlgorithms.Contains(parsed.Algorithm, StringComparer.Ordinal)) return MethodOutcome.Failure;
        string host = parsed.Host.EndsWith('.') ? parsed.Host[..^1] : parsed.Host;
        if (!await authority.IsAcceptedAsync(request.User, key, host, parsed.User, cancellationToken).ConfigureAwait(false)) return MethodOutcome.Failure;
        return key.Verify(parsed.Algorithm, request.SignedData(transport, parsed.SignedLength), parsed.Signature)
            ? MethodOutcome.Success(new AuthenticatedUser(request.User, MethodName, null))
            : MethodOutcome.Failure;
    }

    private static HostRequest Parse(UserauthRequest request)
    {
        // string algorithm, string host key, string client host name, string client user name, string signature
        var reader = new SshReader(request.Fields);
        string algorithm = reader.ReadAscii();
        byte[] blob = reader.ReadString().ToArray();
        string host = reader.ReadText(MaxNameLength);
        string user = reader.ReadText(MaxNameLength);
        int signedLength = request.Message.Length - reader.Remaining;
        byte[] signature = reader.ReadString().ToArray();
        reader.ExpectEnd();
        return new HostRequest(algorithm, blob, host, user, signature, signedLength);
    }

    private readonly record struct HostRequest(string Algorithm, byte[] Blob, string Host, string User, byte[] Signature, int SignedLength);
}
