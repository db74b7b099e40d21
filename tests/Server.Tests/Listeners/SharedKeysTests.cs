using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class SharedKeysTests
{
    [Fact]
    public void Keys_are_destroyed_when_the_last_session_of_a_replaced_configuration_ends()
    {
        var key = new Key();
        var keys = new SharedKeys(key);
        Assert.True(keys.TryAcquire());
        Assert.True(keys.TryAcquire());
        keys.Release();
        keys.Release();
        Assert.False(key.IsDisposed);
        Assert.True(keys.TryAcquire());
        // Replaced: new sessions look elsewhere, the one that lives keeps them.
        keys.Release();
        Assert.False(key.IsDisposed);
        keys.Release();
        Assert.True(key.IsDisposed);
        Assert.False(keys.TryAcquire());
    }

    [Fact]
    public void Refusals_are_logged_one_by_one_at_most_every_interval_and_counted_between()
    {
        var time = new ManualTime();
        var lines = new RareLines(TimeSpan.FromSeconds(10), time);
        Assert.True(lines.IsDue());
        Assert.False(lines.IsDue());
        Assert.False(lines.IsDue());
        Assert.Equal(0, lines.TakeSuppressed());
        time.Advance(10);
        Assert.Equal(2, lines.TakeSuppressed());
        Assert.Equal(0, lines.TakeSuppressed());
        Assert.True(lines.IsDue());
    }

    [Fact]
    public void Limits_of_a_new_configuration_hold_for_who_is_inside_already()
    {
        var door = new FrontDoor(new LimitsConfiguration(), NullLogger.Instance, new ManualTime());
        var limits = new LimitsConfiguration { PerSource = 1 };
        door.Limits = limits;
        Assert.Same(limits, door.Limits);
    }

    private sealed class Key : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
