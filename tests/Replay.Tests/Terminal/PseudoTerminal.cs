using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SshGateway.Replay.Terminal;

namespace SshGateway.Replay.Tests.Terminal;

/// <summary>A terminal of the test's own, with a program in its foreground.</summary>
internal sealed partial class PseudoTerminal : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _slave;
    private readonly FileStream _stream;
    private readonly SignallingStream _shown = new();
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    public unsafe PseudoTerminal()
    {
        int master = Check(OpenMaster(ReadWrite | NoControllingTerminal));
        _master = new SafeFileHandle(master, ownsHandle: true);
        Check(Grant(master));
        Check(Unlock(master));
        byte* name = stackalloc byte[128];
        Check(SlaveName(master, name, 128) == 0 ? 0 : -1);
        Name = Marshal.PtrToStringUTF8((nint)name)!;
        // Held open, so that the terminal and its settings outlive the program.
        _slave = new SafeFileHandle(Check(Open(Name, ReadWrite | NoControllingTerminal)), ownsHandle: true);
        _stream = new FileStream(_master, FileAccess.ReadWrite, bufferSize: 0);
    }

    public string Name { get; }

    public string Shown => _shown.Text;

    /// <summary>The settings of the terminal that matter to a shell.</summary>
    public unsafe (uint Input, uint Output, uint Local, byte Minimum) Settings
    {
        get
        {
            Libc.Termios attributes;
            Check(Libc.GetAttributes((int)_slave.DangerousGetHandle(), &attributes));
            return (attributes.InputFlags, attributes.OutputFlags, attributes.LocalFlags, attributes.ControlCharacters[Libc.MinimumIndex]);
        }
    }

    public bool IsCanonicalWithEcho => (Settings.Local & (Libc.Canonical | Libc.Echo)) == (Libc.Canonical | Libc.Echo);

    /// <summary>Starts the command as leader of the terminal's session.</summary>
    public void Start(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "sshgateway-replay");
        string command = $"ulimit -c 0; exec setsid -c \"$0\" \"$@\" <{Name} >{Name} 2>&1";
        _process = Process.Start(new ProcessStartInfo("sh", ["-c", command, program, .. arguments]))!;
        _reading = Task.Run(ReadAllAsync);
    }

    public Task WaitForAsync(string text) => _shown.WaitForAsync(text);

    public void Type(string keys) => _stream.Write(Encoding.UTF8.GetBytes(keys));

    public void Signal(int signal) => Check(Libc.Kill(_process!.Id, signal));

    /// <summary>Waits for the program's end; the exit status, or 128 and the signal.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Timeout);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.Dispose();
        // With its last user gone, reading the master fails, and the reading task ends.
        _slave.Dispose();
        _reading.Wait(Timeout);
        _stream.Dispose();
        _shown.Dispose();
    }

    private async Task ReadAllAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer) is > 0 and var count) _shown.Write(buffer.AsSpan(0, count));
        }
        catch (IOException)
        {
            // How Linux says that nobody has the terminal open any more.
        }
    }

    private static int Check(int result) => result < 0 ? throw new IOException($"pseudo terminal: error {Marshal.GetLastPInvokeError()}") : result;

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static unsafe partial int SlaveName(int master, byte* name, nuint size);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
