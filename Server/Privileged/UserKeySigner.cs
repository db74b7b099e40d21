using SshGateway.Protocol.Keys;

namespace SshGateway.Server.Privileged;

/// <summary>A user's own key, which the helper signs with.</summary>
internal sealed class UserKeySigner(IPrivilegedHelper helper, string user, UserKey key) : ISshSigner
{
    public PublicKey PublicKey => key.PublicKey;

    /// <inheritdoc/>
    /// <exception cref="PrivilegedHelperException">The helper cannot be reached or refuses.</exception>
    public async ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await helper.SignAsync(user, key.Path, key.PublicKey, algorithm, data, cancellationToken).ConfigureAwait(false);
}
