using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Hooks;

/// <summary>
/// Runs commands as the user that the gateway itself runs as: there is no privileged helper. Each command leads a process group of its own (setsid(1)), so
/// that whatever it starts can be ended with it.
/// </summary>
internal sealed partial class OwnUserCommandRunner(HookLimits limits, ILogger logger) : IUserCommandRunner
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private const int Probe = 0;
    private const int NotRunnable = 126;
    private const string SessionLeader = "setsid";

    private int _warned;

    public async Task<int> RunAsync(HookCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0 && command.User != Environment.UserName) logger.HooksRunAsOwnUser(Environment.UserName);
        using Process? process = Start(command, output);
        if (process is null) return NotRunnable;
        process.StandardInput.Close();
        var gate = new Lock();
        Task reading = Task.WhenAll(
            CopyAsync(process.StandardOutput.BaseStream, output, gate), CopyAsync(process.StandardError.BaseStream, output, gate));
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process).ConfigureAwait(false);
        }

        await EndGroupAsync(process.Id, reading).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private static Process? Start(HookCommand command, Action<ReadOnlySpan<byte>> output)
    {
        var start = new ProcessStartInfo(SessionLeader)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            // Another user's folder may not let us in.
            WorkingDirectory = command.User == Environment.UserName && Directory.Exists(command.Folder) ? command.Folder : "/",
        };
        // It becomes the command: the process keeps its id.
        start.ArgumentList.Add("--");
        foreach (string word in command.Words) start.ArgumentList.Add(word);
        start.Environment.Clear();
        foreach ((string name, string value) in command.Environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception e)
        {
            output(System.Text.Encoding.UTF8.GetBytes($"{SessionLeader} cannot be run: {e.Message}\n"));
            return null;
        }
    }

    private static async Task CopyAsync(Stream from, Action<ReadOnlySpan<byte>> output, Lock gate)
    {
        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                lock (gate) output(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Cut off below.
        }
    }

    private async Task EndAsync(Process process)
    {
        // In its first moment it leads no group yet.
        if (SendSignal(-process.Id, Terminate) != 0) _ = SendSignal(process.Id, Terminate);
        using var grace = new CancellationTokenSource(limits.Grace);
        try
        {
            await process.WaitForExitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (SendSignal(-process.Id, Kill) != 0) _ = SendSignal(process.Id, Kill);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>What the command has left behind is ended; the last output is waited for no longer than that takes.</summary>
    private async Task EndGroupAsync(int group, Task reading)
    {
        if (SendSignal(-group, Terminate) == 0)
        {
            using var grace = new CancellationTokenSource(limits.Grace);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (SendSignal(-group, Probe) == 0 && await TickAsync(timer, grace.Token).ConfigureAwait(false))
            {
            }

            _ = SendSignal(-group, Kill);
        }

        try
        {
            await reading.WaitAsync(limits.Grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Somebody has left the group and kept the pipe; disposing the process closes our end.
        }
    }

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken limit)
    {
        try
        {
            return await timer.WaitForNextTickAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
