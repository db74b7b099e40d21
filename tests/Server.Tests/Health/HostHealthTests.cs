using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Health;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;
using Xunit;

namespace SshGateway.Server.Tests.Health;

public sealed class HostHealthTests
{
    private readonly MemoryStateStore _store = new();
    private readonly List<EventRecord> _events = [];

    [Fact]
    public async Task A_failure_is_in_the_store_when_it_is_reported()
    {
        HostHealth health = Create();
        await health.ReportDownAsync("a:22", "refused");
        HostRecord host = Assert.Single(await _store.GetHostsAsync(CancellationToken.None));
        Assert.Equal(("a:22", HostState.Down, "refused"), (host.Host, host.State, host.Reason));
    }

    [Fact]
    public async Task Changes_make_events_and_repetitions_do_not()
    {
        HostHealth health = Create();
        health.ReportUp("a:22", TimeSpan.Zero);
        await health.ReportDownAsync("a:22", "refused");
        await health.ReportDownAsync("a:22", "refused");
        health.ReportUp("a:22", TimeSpan.Zero);
        health.ReportUp("a:22", TimeSpan.Zero);
        Assert.Equal(["down: refused", "up again"], _events.Select(happened => happened.Message));
    }

    [Fact]
    public async Task A_host_that_is_up_is_not_written_at_each_login()
    {
        HostHealth health = Create();
        for (int i = 0; i < 50; i++) health.ReportUp("a:22", TimeSpan.FromMinutes(1));
        Assert.Equal(HostState.Up, health.Find("a:22")?.State);
        health.Successes.Complete();
        await health.Successes.RunAsync(CancellationToken.None);
        DateTimeOffset written = Assert.Single(await _store.GetHostsAsync(CancellationToken.None)).CheckedAt;
        Assert.True(written > DateTimeOffset.UtcNow.AddMinutes(-1));
    }

    [Fact]
    public async Task A_disabled_host_stays_disabled_whatever_a_dial_finds()
    {
        HostHealth health = Create();
        await _store.SetHostStateAsync("a:22", HostState.Disabled, drain: null, CancellationToken.None);
        await health.RefreshAsync(CancellationToken.None);
        await health.ReportDownAsync("a:22", "refused");
        health.ReportUp("a:22", TimeSpan.Zero);
        Assert.Equal(HostState.Disabled, health.Find("a:22")?.State);
        Assert.Empty(_events);
    }

    [Fact]
    public async Task Forgotten_hosts_are_forgotten_here_too()
    {
        HostHealth health = Create();
        await health.ReportDownAsync("a:22", "refused");
        await _store.ForgetHostAsync("a:22", CancellationToken.None);
        await health.RefreshAsync(CancellationToken.None);
        Assert.Null(health.Find("a:22"));
    }

    private HostHealth Create() => new(_store, _events.Add, TimeProvider.System, NullLogger.Instance);
}
