using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.State;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.State;

public sealed class BatchWriterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_gathers_while_the_store_is_busy_goes_out_in_one_call()
    {
        var calls = new List<int[]>();
        var busy = new TaskCompletionSource();
        var called = new SemaphoreSlim(0);
        var writer = new BatchWriter<int>("numbers", 100, async (items, _) =>
        {
            calls.Add([.. items]);
            called.Release();
            await busy.Task;
        }, NullLogger.Instance);
        Task running = writer.RunAsync(CancellationToken.None);
        writer.Add(1);
        await called.WaitAsync(Patience);
        writer.Add(2);
        writer.Add(3);
        writer.Complete();
        busy.SetResult();
        await running.WaitAsync(Patience);
        Assert.Equal([[1], [2, 3]], calls);
    }

    [Fact]
    public async Task What_does_not_fit_is_dropped_and_counted_and_nobody_waits()
    {
        var written = new List<int>();
        var writer = new BatchWriter<int>("numbers", 3, (items, _) =>
        {
            written.AddRange(items);
            return Task.CompletedTask;
        }, NullLogger.Instance);
        for (int i = 0; i < 10; i++) writer.Add(i);
        Assert.Equal(7, writer.Dropped);
        writer.Complete();
        await writer.RunAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.Equal([0, 1, 2], written);
    }

    [Fact]
    public async Task A_store_that_refuses_does_not_end_the_writing()
    {
        var written = new List<int>();
        var writer = new BatchWriter<int>("numbers", 100, (items, _) =>
        {
            if (items.Contains(1)) throw new StateStoreException("away");
            written.AddRange(items);
            return Task.CompletedTask;
        }, NullLogger.Instance);
        Task running = writer.RunAsync(CancellationToken.None);
        writer.Add(1);
        while (writer.Dropped == 0) await Task.Yield();
        writer.Add(2);
        writer.Complete();
        await running.WaitAsync(Patience);
        Assert.Equal((1, 2), ((int)writer.Dropped, Assert.Single(written)));
    }
}
