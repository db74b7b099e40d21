using System.Runtime.InteropServices;
using System.Text;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Privileged.Child;

/// <summary>Becomes a user and then his command: the process id stays, nothing of the helper is left in it.</summary>
internal static unsafe class RunChild
{
    private const int CannotRun = 126;
    private const int NotFound = 127;
    private const nint CloseOnExec = 4;
    private const int NoSuchFile = 2;
    private const int NotADirectory = 20;
    private const string UserPath = "/usr/local/bin:/usr/bin:/bin";
    private const string RootPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Returns only when the command could not be started: exit status and the reason, for standard error.</summary>
    public static (int Status, string Problem) Become(UserCommand command, int output)
    {
        if (UserDirectory.Find(command.User) is not { } user) return (CannotRun, "no such user");
        string path = user.Uid == 0 ? RootPath : UserPath;
        string[] environment = [.. Environment(user, path, command.Environment)];
        if (TakeIdentity(user) is { } problem) return (CannotRun, problem);
        // .NET ignores it, and what is ignored stays so through execve.
        SystemCalls.signal(SystemCalls.SignalPipe, 0);
        _ = SystemCalls.umask(0x12);
        if (SystemCalls.chdir(user.Home) != 0 && SystemCalls.chdir("/") != 0) return (CannotRun, "no folder to be in");
        if (SystemCalls.dup2(output, 1) < 0) return (CannotRun, SystemCalls.LastError);
        // Ours are closed on exec anyway; those that the helper itself was started with may not be.
        _ = SystemCalls.syscall(SystemCalls.CloseRange, 3, int.MaxValue, CloseOnExec);
        return Execute(command.Arguments, path, environment);
    }

    private static string? TakeIdentity(SystemUser user)
    {
        if (SystemCalls.geteuid() != 0) return SystemCalls.geteuid() == user.Uid ? null : "the helper is not root";
        uint[] groups = [.. user.GroupIds];
        if (SystemCalls.setgroups((nuint)groups.Length, groups) != 0
            || SystemCalls.setresgid(user.Gid, user.Gid, user.Gid) != 0
            || SystemCalls.setresuid(user.Uid, user.Uid, user.Uid) != 0) return "the user's identity cannot be taken: " + SystemCalls.LastError;
        return user.Uid != 0 && SystemCalls.setresuid(0, 0, 0) == 0 ? "root could be taken back" : null;
    }

    private static IEnumerable<string> Environment(SystemUser user, string path, IReadOnlyDictionary<string, string> more)
    {
        yield return "HOME=" + user.Home;
        yield return "USER=" + user.Name;
        yield return "LOGNAME=" + user.Name;
        yield return "SHELL=" + (user.Shell.Length > 0 ? user.Shell : "/bin/sh");
        yield return "PATH=" + path;
        foreach ((string name, string value) in more)
        {
            if (CommandEnvironment.IsAllowed(name, user.Uid)) yield return name + "=" + value;
        }
    }

    private static (int Status, string Problem) Execute(IReadOnlyList<string> arguments, string path, IReadOnlyList<string> environment)
    {
        string program = arguments[0];
        byte** argv = Block(arguments), envp = Block(environment);
        int failure = NoSuchFile;
        IEnumerable<string> candidates = program.Contains('/', StringComparison.Ordinal) ? [program] : path.Split(':').Select(folder => folder + "/" + program);
        foreach (string candidate in candidates)
        {
            SystemCalls.execve(candidate, argv, envp);
            int error = Marshal.GetLastPInvokeError();
            if (error is not (NoSuchFile or NotADirectory)) failure = error;
        }

        return (failure == NoSuchFile ? NotFound : CannotRun, $"{program}: {Marshal.GetPInvokeErrorMessage(failure)}");
    }

    /// <summary>An array of C strings with a null at its end. Never freed: the process is about to become another program.</summary>
    private static byte** Block(IReadOnlyList<string> texts)
    {
        var block = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            int size = Encoding.UTF8.GetByteCount(texts[i]);
            block[i] = (byte*)NativeMemory.AllocZeroed((nuint)size + 1);
            Encoding.UTF8.GetBytes(texts[i], new Span<byte>(block[i], size));
        }

        return block;
    }
}
