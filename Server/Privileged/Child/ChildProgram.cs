using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Child;

/// <summary>
/// <c>sshgateway authd-child</c>: started by the helper, with its pipes as standard input and output. Waits until it is given one
/// conversation or one command, and ends with it.
/// </summary>
internal static unsafe class ChildProgram
{
    public const string Name = "authd-child";

    private const int LimitCore = 4;
    private const int DuplicateAbove = 1030; // F_DUPFD_CLOEXEC
    private const int OpenReadWrite = 2;
    private const short HungUp = 0x10;

    /// <summary>Time for modules to close a session after whoever wanted it has left.</summary>
    private const int FarewellMilliseconds = 10_000;

    public static int Run()
    {
        if (Isolate() is not ({ } input, { } output)) return 1;
        Watch(input);
        using var reading = new FileStream(new SafeFileHandle(input, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var writing = new FileStream(new SafeFileHandle(output, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        int status = 1;
        try
        {
            var channel = new FrameChannel(reading, writing);
            Prepare();
            channel.Write(HelperMessage.Ready, []);
            status = Serve(channel, output);
        }
        catch (Exception e)
        {
            Complain(e.Message);
        }

        // Not through the runtime's own end: modules may have left threads and exit handlers behind.
        SystemCalls._exit(status);
        return status;
    }

    private static int Serve(FrameChannel channel, int output)
    {
        if (channel.Read(FrameChannel.MaxRequest) is not { } work) return 0;
        switch (work.Type)
        {
            case HelperMessage.Authenticate:
                return Converse(channel, work);
            case HelperMessage.Run:
                (int status, string problem) = RunChild.Become(HelperFields.ReadRun(work.Read()), output);
                Complain(problem);
                return status;
            default:
                return 1;
        }
    }

    /// <summary>One conversation; checks of accounts one after the other, as long as the helper sends more of them.</summary>
    private static int Converse(FrameChannel channel, Frame work)
    {
        PamRequest request = HelperFields.ReadAuthenticate(work.Read());
        while (true)
        {
            int status = new PamChild(channel, request).Run(out Frame? next);
            if (next is not { } more) return status;
            request = HelperFields.ReadAuthenticate(more.Read());
            // Who has typed a password has the process for himself.
            if (!request.AccountOnly) return 1;
        }
    }

    /// <summary>
    /// A session and process group of its own, no core dumps, no debugger, and the pipes out of the way of modules that print:
    /// standard output is joined with standard error, standard input is empty.
    /// </summary>
    private static (int Input, int Output)? Isolate()
    {
        ulong* none = stackalloc ulong[2];
        none[0] = none[1] = 0;
        SystemCalls.setsid();
        if (SystemCalls.prctl(SystemCalls.PrSetDumpable, 0, 0, 0, 0) != 0 || SystemCalls.setrlimit(LimitCore, none) != 0) return null;
        int input = SystemCalls.fcntl(0, DuplicateAbove, 10), output = SystemCalls.fcntl(1, DuplicateAbove, 10);
        int empty = SystemCalls.open("/dev/null", OpenReadWrite);
        if (input < 0 || output < 0 || empty < 0) return null;
        if (SystemCalls.dup2(empty, 0) < 0 || SystemCalls.dup2(2, 1) < 0) return null;
        if (empty > 2) SystemCalls.fcntl(empty, 2, 1);
        return (input, output);
    }

    /// <summary>When the other end of the pipe is closed while a module is at work, the module has a few seconds to come to its end.</summary>
    private static void Watch(int input)
    {
        var watching = new Thread(
            () =>
            {
                var entry = new SystemCalls.PollEntry { Descriptor = input };
                while (SystemCalls.poll(&entry, 1, -1) < 1 || (entry.Returned & HungUp) == 0)
                {
                    // A signal; the wait goes on.
                }

                Thread.Sleep(FarewellMilliseconds);
                SystemCalls._exit(1);
            },
            maxStackSize: 128 * 1024)
        { IsBackground = true, Name = "watch" };
        watching.Start();
    }

    /// <summary>Loads what the work needs, while nobody waits for it.</summary>
    private static void Prepare()
    {
        NativeLibrary.TryLoad("libpam.so.0", out _);
        _ = HelperFields.ReadStep(new Protocol.Wire.SshReader(HelperFields.Step(new PamStep([], new PamResult(PamOutcome.Error, "")))));
        _ = HelperFields.ReadAuthenticate(new Protocol.Wire.SshReader(HelperFields.Authenticate(new PamRequest { Service = "", User = "", RemoteHost = "" })));
        LibPam.Text(null);
        LibPam.free(LibPam.calloc(1, 1));
    }

    private static void Complain(string text)
    {
        byte[] line = System.Text.Encoding.UTF8.GetBytes($"sshgateway: {text}\n");
        using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write(line);
    }
}
