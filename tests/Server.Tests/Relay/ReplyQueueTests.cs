using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class ReplyQueueTests
{
    [Fact]
    public void Local_failure_waits_for_earlier_forwarded_reply()
    {
        var queue = default(ReplyQueue);
        queue.Enqueue(ReplyKind.Forward);
        queue.Enqueue(ReplyKind.AnswerFailure);

        Assert.False(queue.TryTakeLocal(out _));
        Assert.Equal(ReplyKind.Forward, queue.TakeRemote());
        Assert.True(queue.TryTakeLocal(out ReplyKind answer));
        Assert.Equal(ReplyKind.AnswerFailure, answer);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void A_reply_that_nobody_asked_for_is_a_protocol_error()
    {
        var queue = default(ReplyQueue);
        Assert.Throws<SshProtocolException>(() => queue.TakeRemote());
    }

    [Fact]
    public void The_queue_is_bounded()
    {
        var queue = default(ReplyQueue);
        for (int i = 0; i < ReplyQueue.MaxPending; i++) queue.Enqueue(ReplyKind.Forward);
        Assert.Throws<SshProtocolException>(() => queue.Enqueue(ReplyKind.Forward));
    }

    [Fact]
    public void Any_interleaving_keeps_the_order_of_a_plain_list()
    {
        var random = new Random(4711);
        var queue = default(ReplyQueue);
        var model = new Queue<ReplyKind>();
        for (int step = 0; step < 20_000; step++)
        {
            if (random.Next(3) > 0 && model.Count < 200)
            {
                var kind = (ReplyKind)random.Next(5);
                queue.Enqueue(kind);
                model.Enqueue(kind);
            }
            else if (model.TryPeek(out ReplyKind head))
            {
                if (head is ReplyKind.Forward or ReplyKind.ForwardTerminal or ReplyKind.Swallow) Assert.Equal(head, queue.TakeRemote());
                else Assert.True(queue.TryTakeLocal(out ReplyKind local) && local == head);
                model.Dequeue();
            }

            Assert.Equal(model.Count, queue.Count);
        }
    }
}
