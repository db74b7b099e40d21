using System.Reflection;
using SshGateway.Storage.State;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>Says what was asked of a store.</summary>
public class CountingStore : DispatchProxy
{
    private IStateStore? _store;

    public List<string> Calls { get; } = [];

    internal IStateStore Store => (IStateStore)(object)this;

    internal static CountingStore Around(IStateStore store)
    {
        var counting = (CountingStore)(object)Create<IStateStore, CountingStore>();
        counting._store = store;
        return counting;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Calls.Add(targetMethod!.Name);
        return targetMethod.Invoke(_store, args);
    }
}
