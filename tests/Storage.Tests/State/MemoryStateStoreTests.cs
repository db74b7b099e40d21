using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;

namespace SshGateway.Storage.Tests.State;

public sealed class MemoryStateStoreTests : StateStoreTests
{
    private readonly ManualTime _time = new();
    private MemoryStateStore? _store;

    protected override Task<IStateStore> OpenAsync() => Task.FromResult<IStateStore>(_store ??= new MemoryStateStore(_time));

    protected override Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
