using SshGateway.Protocol.Crypto;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto;

/// <summary>Tests that replace results of native calls run alone: the hook is one for the process.</summary>
[CollectionDefinition(nameof(NativeFaults), DisableParallelization = true)]
public sealed class NativeFaultsCollection;

/// <summary>Walks every native call of an operation and makes each fail in turn.</summary>
internal static class NativeFaults
{
    private static readonly int[] FailedResults = [0, -1];

    /// <summary>Runs the operation once for each of its native calls and each failing result, with that call made to fail.</summary>
    /// <param name="operation">Must throw, or assert what is left when it does not; gets the name of the failing call.</param>
    /// <param name="prepare">Runs before each operation, with all calls genuine.</param>
    /// <returns>The number of native calls.</returns>
    internal static int FailEach(Action<string> operation, Action? prepare = null)
    {
        prepare?.Invoke();
        List<string> calls = Record(() => operation(""));
        for (int i = 0; i < calls.Count; i++)
        {
            foreach (int result in FailedResults)
            {
                prepare?.Invoke();
                int left = i;
                using (Inject((_, genuine) => left-- == 0 ? result : genuine)) operation(calls[i]);
                Assert.True(left < 0, $"call {i} ({calls[i]}) was not reached");
            }
        }

        return calls.Count;
    }

    /// <summary>Names of the native calls an operation makes.</summary>
    internal static List<string> Record(Action operation)
    {
        var calls = new List<string>();
        using (Inject((function, genuine) =>
        {
            calls.Add(function);
            return genuine;
        }))
        {
            operation();
        }

        return calls;
    }

    private static Restore Inject(Func<string, int, int> hook)
    {
        // Finalizers and leftovers of other tests run on other threads.
        int thread = Environment.CurrentManagedThreadId;
        LibCrypto.FaultInjection = (function, genuine) =>
            Environment.CurrentManagedThreadId == thread ? hook(function, genuine) : genuine;
        return default;
    }

    private readonly struct Restore : IDisposable
    {
        public void Dispose() => LibCrypto.FaultInjection = null;
    }
}
