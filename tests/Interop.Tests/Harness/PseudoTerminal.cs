using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A terminal with a program on it whose controlling terminal it is: the tests type, read and resize.</summary>
internal sealed class PseudoTerminal : IAsyncDisposable
{
    private readonly FileStream _master;
    private readonly ChildProcess _child;
    private readonly StringBuilder _seen = new();
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _searchFrom;

    private PseudoTerminal(FileStream master, ChildProcess child)
    {
        _master = master;
        _child = child;
        _reading = Task.Run(Read);
    }

    public int ProcessId => _child.Id;

    /// <summary>Everything the terminal has shown.</summary>
    public string Transcript
    {
        get
        {
            lock (_lock)
            {
                return _seen.ToString();
            }
        }
    }

    public static unsafe PseudoTerminal Start(
        string program, IEnumerable<string> arguments, int rows = 24, int columns = 80, IReadOnlyDictionary<string, string>? environment = null)
    {
        int descriptor = NativeMethods.OpenMaster(NativeMethods.OpenMasterFlags);
        byte* name = stackalloc byte[64];
        if (descriptor < 0 || NativeMethods.Grant(descriptor) != 0 || NativeMethods.Unlock(descriptor) != 0 ||
            NativeMethods.SlaveName(descriptor, name, 64) != 0)
        {
            throw new IOException($"no pseudo terminal: errno {Marshal.GetLastPInvokeError()}");
        }

        string slave = Marshal.PtrToStringUTF8((nint)name)!;
        var master = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
        _ = NativeMethods.SetSize(descriptor, NativeMethods.SetWindowSize, new NativeMethods.WindowSize((ushort)rows, (ushort)columns));

        // The slave is opened by name, because a started program gets pipes only; setsid makes it the controlling terminal.
        string[] wrapped = ["-c", "exec setsid --ctty \"$0\" \"$@\" <\"$SLAVE\" >\"$SLAVE\" 2>&1", program, .. arguments];
        var variables = new Dictionary<string, string>(environment ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            ["SLAVE"] = slave,
        };
        variables.TryAdd("TERM", "xterm-256color");
        return new PseudoTerminal(master, ChildProcess.Start("/bin/sh", wrapped, variables));
    }

    public async Task TypeAsync(string keys)
    {
        await _master.WriteAsync(Encoding.UTF8.GetBytes(keys));
        await _master.FlushAsync();
    }

    /// <summary>Changes the size; the kernel tells the program on the terminal with SIGWINCH.</summary>
    public void Resize(int rows, int columns) =>
        _ = NativeMethods.SetSize(
            (int)_master.SafeFileHandle.DangerousGetHandle(),
            NativeMethods.SetWindowSize,
            new NativeMethods.WindowSize((ushort)rows, (ushort)columns));

    /// <summary>Waits until a text appears behind what was waited for before; returns what stood in front of it.</summary>
    public async Task<string> WaitForAsync(string text, TimeSpan? timeout = null)
    {
        using var deadline = new CancellationTokenSource(timeout ?? ChildProcess.DefaultTimeout);
        while (true)
        {
            Task more;
            lock (_lock)
            {
                string all = _seen.ToString();
                int at = all.IndexOf(text, _searchFrom, StringComparison.Ordinal);
                if (at >= 0)
                {
                    string before = all[_searchFrom..at];
                    _searchFrom = at + text.Length;
                    return before;
                }

                if (_reading.IsCompleted)
                {
                    throw new InvalidOperationException($"the terminal ended before '{text}': {all}");
                }

                more = _more.Task;
            }

            try
            {
                await Task.WhenAny(more, _reading).WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException exception)
            {
                throw new TimeoutException($"'{text}' did not appear on the terminal: {Transcript}", exception);
            }
        }
    }

    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null)
    {
        int status = await _child.WaitForExitAsync(timeout);
        await _reading.WaitAsync(timeout ?? ChildProcess.DefaultTimeout);
        return status;
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        await _reading.WaitAsync(ChildProcess.DefaultTimeout);
        await _master.DisposeAsync();
    }

    private void Read()
    {
        byte[] buffer = new byte[8192];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char[] characters = new char[8192];
        while (true)
        {
            int count;
            try
            {
                count = _master.Read(buffer);
            }
            catch (IOException)
            {
                // EIO: the last program on the slave side has ended.
                return;
            }

            if (count == 0)
            {
                return;
            }

            lock (_lock)
            {
                _seen.Append(characters, 0, decoder.GetChars(buffer.AsSpan(0, count), characters, flush: false));
                _more.TrySetResult();
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
