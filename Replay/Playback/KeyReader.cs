using System.Runtime.InteropServices;
using System.Threading.Channels;
using SshGateway.Replay.Terminal;

namespace SshGateway.Replay.Playback;

/// <summary>Reads keys from standard input on a thread of its own, which nothing needs to end: a read cannot be cancelled.</summary>
internal static class KeyReader
{
    // When nobody takes the keys, those that come then are lost.
    private const int MaximumKeys = 64;

    public static ChannelReader<PlayerKey> Start()
    {
        var keys = Channel.CreateBounded<PlayerKey>(new BoundedChannelOptions(MaximumKeys) { FullMode = BoundedChannelFullMode.DropWrite });
        new Thread(() => Run(keys.Writer)) { IsBackground = true, Name = "keys" }.Start();
        return keys.Reader;
    }

    private static unsafe void Run(ChannelWriter<PlayerKey> keys)
    {
        var decoder = new KeyDecoder();
        byte* buffer = stackalloc byte[64];
        while (true)
        {
            nint count = Libc.Read(Libc.StandardInput, buffer, 64);
            int error = Marshal.GetLastPInvokeError();
            if (count == 0 || (count < 0 && error is not (Libc.InterruptedError or Libc.AgainError))) break;
            if (count < 0 && error == Libc.AgainError) WaitForInput();
            for (int i = 0; i < count; i++)
                if (decoder.Accept(buffer[i]) is { } key) keys.TryWrite(key);
        }

        keys.Complete();
    }

    private static unsafe void WaitForInput()
    {
        var wait = new Libc.PollDescriptor { Descriptor = Libc.StandardInput, Events = Libc.PollIn };
        _ = Libc.Poll(&wait, 1, -1);
    }
}
