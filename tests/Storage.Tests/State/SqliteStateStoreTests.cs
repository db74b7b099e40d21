using SshGateway.Storage.State;
using SshGateway.Storage.State.Sqlite;

namespace SshGateway.Storage.Tests.State;

public sealed class SqliteStateStoreTests : StateStoreTests
{
    private readonly ManualTime _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sgstate").FullName;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected override Task<IStateStore> OpenAsync() =>
        Task.FromResult<IStateStore>(new SqliteStateStore(Path.Combine(_folder, "sub", "state.db"), _time));

    protected override Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
