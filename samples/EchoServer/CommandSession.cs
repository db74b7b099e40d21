using System.Diagnostics;
using SshGateway.Protocol.Connection.Sessions;

namespace SshGateway.Samples.EchoServer;

/// <summary>Runs commands through /bin/sh, and an interactive shell on a terminal that script(1) makes, as the current user.</summary>
internal sealed class CommandSession : ISessionHandler
{
    public bool AcceptStart(ServerSession session, SessionStart start) => start.Kind != SessionKind.Subsystem;

    public async Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken)
    {
        var info = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.ArgumentList.Add("-c");
        string program = start.Kind == SessionKind.Shell ? "/bin/sh" : start.Text;
        info.ArgumentList.Add(session.Pty is null ? program : "exec script -qefc \"$SSH_PROGRAM\" /dev/null");
        info.Environment["SSH_PROGRAM"] = program;
        if (session.Pty is { } pty) info.Environment["TERM"] = pty.Terminal;
        using Process process = Process.Start(info)!;
        using var exited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task input = CopyInputAsync(session, process, exited.Token);
        try
        {
            await Task.WhenAll(
                process.StandardOutput.BaseStream.CopyToAsync(session.Channel.AsStream(), cancellationToken),
                process.StandardError.BaseStream.CopyToAsync(session.Channel.AsStream(extended: true), cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return (uint)process.ExitCode;
        }
        finally
        {
            // A client that has gone takes its program with it.
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await exited.CancelAsync();
            await input;
        }
    }

    private static async Task CopyInputAsync(ServerSession session, Process process, CancellationToken cancellationToken)
    {
        try
        {
            await session.Channel.AsStream().CopyToAsync(process.StandardInput.BaseStream, cancellationToken);
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The program does not read its input, or has ended.
        }
    }
}
