using SshGateway.Server.Configuration;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl;

/// <summary>How ctl comes to the state: the store of the configuration, or the gateway where the state is only there.</summary>
internal static class StateAccess
{
    public static Task<(IStateStore Store, bool IsOwned)?> OpenAsync(GatewayConfiguration configuration, CancellationToken cancellationToken) =>
        configuration.State.Database == StateConfiguration.InMemory
            ? Task.FromResult<(IStateStore, bool)?>(null)
            : throw new StateStoreException("this version keeps state in the memory of the gateway only: 'state: {database: \"memory:\"}'");
}
