using System.Collections.Concurrent;
using SshGateway.Protocol.Crypto.PostQuantum;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum;

public sealed class KeyPairPoolTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<FakePair> _made = new();

    [Fact]
    public void A_pool_that_was_not_started_makes_only_what_is_asked_for()
    {
        using KeyPairPool<FakePair> pool = new(4, Make);
        FakePair first = pool.Take();
        FakePair second = pool.Take();
        Assert.NotSame(first, second);
        Assert.Equal(2, _made.Count);
        Assert.Equal(0, pool.Count);
    }

    [Fact]
    public void A_started_pool_fills_up_to_its_capacity_and_again_when_half_was_taken()
    {
        using KeyPairPool<FakePair> pool = new(4, Make);
        pool.Start();
        AwaitCount(pool, 4);
        Assert.Equal(4, _made.Count);
        FakePair[] taken = [pool.Take(), pool.Take()];
        AwaitCount(pool, 4);
        Assert.Equal(6, _made.Count);
        Assert.Equal(_made.Take(2), taken);
    }

    [Fact]
    public void Above_half_of_its_capacity_nothing_is_made()
    {
        using KeyPairPool<FakePair> pool = new(4, Make);
        pool.Start();
        AwaitCount(pool, 4);
        pool.Take();
        Assert.Equal(3, pool.Count);
        Assert.Equal(4, _made.Count);
    }

    [Fact]
    public void Each_key_pair_is_handed_out_once_to_many_takers()
    {
        using KeyPairPool<FakePair> pool = new(8, Make);
        pool.Start();
        ConcurrentBag<FakePair> taken = [];
        Parallel.For(0, 2000, _ => taken.Add(pool.Take()));
        Assert.Equal(2000, taken.Distinct().Count());
    }

    [Fact]
    public void Disposing_clears_what_waits_and_what_is_still_being_made()
    {
        using SemaphoreSlim making = new(0);
        using SemaphoreSlim goOn = new(0);
        KeyPairPool<FakePair> pool = new(2, () =>
        {
            FakePair pair = Make();
            making.Release();
            Assert.True(goOn.Wait(Timeout));
            return pair;
        });
        pool.Start();
        Assert.True(making.Wait(Timeout));
        goOn.Release();
        Assert.True(making.Wait(Timeout)); // the second is being made
        pool.Dispose();
        goOn.Release();
        Assert.True(SpinWait.SpinUntil(() => _made.All(pair => pair.Disposed), Timeout));
        Assert.Equal(2, _made.Count);
        Assert.Equal(0, pool.Count);
    }

    [Fact]
    public void When_making_fails_ahead_the_taker_sees_it_and_the_process_lives()
    {
        using SemaphoreSlim failed = new(0);
        using KeyPairPool<FakePair> pool = new(2, () =>
        {
            failed.Release();
            throw new InvalidOperationException("no randomness");
        });
        pool.Start();
        Assert.True(failed.Wait(Timeout));
        Assert.Throws<InvalidOperationException>(pool.Take);
    }

    private FakePair Make()
    {
        FakePair pair = new();
        _made.Enqueue(pair);
        return pair;
    }

    private static void AwaitCount(KeyPairPool<FakePair> pool, int count) =>
        Assert.True(SpinWait.SpinUntil(() => pool.Count == count, Timeout));

    private sealed class FakePair : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
