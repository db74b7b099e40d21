using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SshGateway.Server.Privileged;

/// <summary>
/// Binds sockets, also to ports below 1024 after root was given up: one thread keeps the capability for it (CAP_NET_BIND_SERVICE is a
/// property of threads), so that a reload can open new ports.
/// </summary>
internal static unsafe class PortBinder
{
    private const uint Version3 = 0x20080522;
    private const uint NetBindService = 1u << 10;

    private static BlockingCollection<Action>? _work;

    /// <summary>As <see cref="Socket.Bind"/>.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public static void Bind(Socket socket, EndPoint address)
    {
        if (_work is null) socket.Bind(address);
        else OnThread(() => socket.Bind(address));
    }

    /// <summary>Starts the thread, which will keep its permitted capabilities when the user changes.</summary>
    internal static void Prepare()
    {
        if (_work is not null) return;
        var work = new BlockingCollection<Action>(boundedCapacity: 16);
        var thread = new Thread(
            () =>
            {
                foreach (Action action in work.GetConsumingEnumerable()) action();
            },
            maxStackSize: 256 * 1024)
        { IsBackground = true, Name = "binder" };
        thread.Start();
        _work = work;
        OnThread(() => Check(SystemCalls.prctl(SystemCalls.PrSetKeepCaps, 1, 0, 0, 0), "PR_SET_KEEPCAPS"));
    }

    /// <summary>After the change: of the capabilities that were kept, the thread takes the one and gives up the others.</summary>
    internal static void KeepPorts() => OnThread(() =>
    {
        var header = new CapabilityHeader { Version = Version3 };
        // Low and high words; only the low one has what we want.
        CapabilityData* data = stackalloc CapabilityData[2];
        data[0] = new CapabilityData { Effective = NetBindService, Permitted = NetBindService };
        data[1] = default;
        Check((int)SystemCalls.syscall(SystemCalls.Numbers.CapSet, (nint)(&header), (nint)data, 0), "capset");
    });

    private static void OnThread(Action action)
    {
        var done = new TaskCompletionSource();
        _work!.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        done.Task.GetAwaiter().GetResult();
    }

    private static void Check(int result, string call)
    {
        if (result != 0) throw new PrivilegedHelperException($"{call}: {SystemCalls.LastError}");
    }

    /// <summary>struct __user_cap_header_struct.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilityHeader
    {
        public uint Version;
        public int Thread;
    }

    /// <summary>struct __user_cap_data_struct.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilityData
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }
}
