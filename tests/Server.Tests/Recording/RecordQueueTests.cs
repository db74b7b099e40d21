using System.Security.Cryptography;
using SshGateway.Server.Recording;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class RecordQueueTests
{
    [Fact]
    public void Records_of_any_size_come_out_whole_and_in_order()
    {
        var queue = new RecordQueue();
        var random = new Random(1);
        var expected = new List<byte[]>();
        var seen = new List<byte[]>();
        for (int i = 0; i < 400; i++)
        {
            byte[] data = new byte[random.Next(4) == 0 ? random.Next(300_000) : random.Next(50)];
            random.NextBytes(data);
            expected.Add(data);
            queue.Append((ulong)i, (DumpDescriptor)(i % 3), data);
            if (random.Next(5) == 0) TakeInto(queue, seen);
        }

        TakeInto(queue, seen);
        Assert.Equal(expected.Count, seen.Count);
        Assert.All(expected.Zip(seen), pair => Assert.Equal(SHA256.HashData(pair.First), SHA256.HashData(pair.Second)));
        Assert.Equal(0, queue.Queued);
    }

    [Fact]
    public async Task Who_waits_for_room_gets_it_when_what_was_taken_is_released()
    {
        var queue = new RecordQueue(limit: 100);
        queue.Append(1, DumpDescriptor.Output, new byte[100]);
        Assert.True(queue.IsFull);
        Task waiting = queue.WaitForRoomAsync(CancellationToken.None).AsTask();
        List<RecordChunk> taken = queue.Take();
        Assert.True(queue.IsFull);
        Assert.False(waiting.IsCompleted);
        queue.Release(taken);
        await waiting.WaitAsync(RecordingFixture.Patience);
        Assert.False(queue.IsFull);
    }

    [Fact]
    public async Task Waiting_for_room_ends_with_the_connection()
    {
        var queue = new RecordQueue(limit: 1);
        queue.Append(1, DumpDescriptor.Output, new byte[100]);
        using var ended = new CancellationTokenSource();
        Task waiting = queue.WaitForRoomAsync(ended.Token).AsTask();
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(RecordingFixture.Patience));
    }

    private static void TakeInto(RecordQueue queue, List<byte[]> seen)
    {
        List<RecordChunk> taken = queue.Take();
        foreach (RecordChunk chunk in taken)
        {
            var cursor = new RecordCursor(chunk.Bytes.AsSpan(0, chunk.Used));
            while (cursor.MoveNext())
            {
                Assert.Equal((ulong)seen.Count, cursor.TimeNs);
                Assert.Equal(seen.Count % 3, (int)cursor.Descriptor);
                seen.Add(cursor.Data.ToArray());
            }
        }

        queue.Release(taken);
    }
}
