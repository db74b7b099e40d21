using System.Reflection;
using SshGateway.Storage.State;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>A store that is down: everything fails but closing it.</summary>
public class UnreachableStore : DispatchProxy
{
    internal static IStateStore Create() => Create<IStateStore, UnreachableStore>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod?.Name == nameof(IAsyncDisposable.DisposeAsync) ? ValueTask.CompletedTask : throw new StateStoreException("the database does not answer");
}
