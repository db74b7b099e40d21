using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Configuration;
using SshGateway.Storage.State;

namespace SshGateway.Server.Destinations;

/// <summary>Host keys that gateways learned (<c>host_key_check: accept-new</c>), shared through the state store: the first that is seen of a host counts.</summary>
internal sealed class LearnedHostKeys(IStateStore store)
{
    /// <summary>Of the store's small values.</summary>
    public const string Area = "known_hosts";

    /// <summary>As the file of a key that was learned.</summary>
    public const string Origin = "learned";

    /// <summary>What is known of the host; only for the order of algorithms.</summary>
    public async Task<KnownHosts> FindAsync(HostEndpoint host, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? line = await store.GetSharedAsync(Area, KnownHosts.NameOf(host.Host, host.Port), cancellationToken).ConfigureAwait(false);
            return line is null ? KnownHosts.Empty : Parse(host, line);
        }
        catch (StateStoreException)
        {
            return KnownHosts.Empty;
        }
    }

    /// <summary>Learns the key, unless the host has one already; says what is known of the host now.</summary>
    /// <exception cref="StateStoreException">The store refuses it.</exception>
    public async Task<KnownHosts> AddAsync(HostEndpoint host, PublicKey key, CancellationToken cancellationToken)
    {
        byte[] line = Encoding.UTF8.GetBytes(((key as Certificate)?.Key ?? key).ToString());
        return Parse(host, await store.AddSharedAsync(Area, KnownHosts.NameOf(host.Host, host.Port), line, cancellationToken).ConfigureAwait(false));
    }

    private static KnownHosts Parse(HostEndpoint host, byte[] line) =>
        KnownHosts.Parse(Origin, [.. Encoding.UTF8.GetBytes(KnownHosts.NameOf(host.Host, host.Port) + " "), .. line]);
}
