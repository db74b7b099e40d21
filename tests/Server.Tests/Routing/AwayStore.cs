using System.Reflection;
using SshGateway.Storage.State;

namespace SshGateway.Server.Tests.Routing;

/// <summary>A store that cannot be reached.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it
internal class AwayProxy : DispatchProxy
#pragma warning restore CA1852
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new StateStoreException("the database is away");
}

internal static class AwayStore
{
    public static IStateStore Create() => DispatchProxy.Create<IStateStore, AwayProxy>();
}
