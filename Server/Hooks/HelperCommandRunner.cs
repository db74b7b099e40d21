using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Hooks;

/// <summary>
/// Runs commands as the user who logs in, through the privileged helper; where there is none, through <paramref name="fallback"/>.
/// </summary>
internal sealed class HelperCommandRunner(IPrivilegedHelper helper, IUserCommandRunner fallback, HookLimits limits, ILogger logger) : IUserCommandRunner
{
    private const int NotRunnable = 126;

    /// <summary>The helper sets these as the user's login would.</summary>
    private static readonly HashSet<string> OfTheSystem = new(["HOME", "USER", "LOGNAME", "SHELL", "PATH"], StringComparer.Ordinal);

    public async Task<int> RunAsync(HookCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellationToken)
    {
        if (helper.Missing(PrivilegedTask.RunCommands) is not null) return await fallback.RunAsync(command, output, cancellationToken).ConfigureAwait(false);
        try
        {
            IUserProcess process = await helper.RunAsync(Translate(command), cancellationToken).ConfigureAwait(false);
            await using (process.ConfigureAwait(false)) return await FollowAsync(process, output, cancellationToken).ConfigureAwait(false);
        }
        catch (PrivilegedHelperException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            logger.CommandNotRun(command.SessionId, PeerText.Escape(command.Words[0]), PeerText.Escape(command.User), PeerText.Escape(e.Message));
            output(Encoding.UTF8.GetBytes($"sshgateway: {PeerText.Escape(command.Words[0])} cannot be run\n"));
            return NotRunnable;
        }
    }

    private static UserCommand Translate(HookCommand command) => new()
    {
        User = command.User,
        Arguments = command.Words,
        Environment = command.Environment.Where(variable => !OfTheSystem.Contains(variable.Key)).ToDictionary(StringComparer.Ordinal),
    };

    private async Task<int> FollowAsync(IUserProcess process, Action<ReadOnlySpan<byte>> output, CancellationToken cancellationToken)
    {
        // Not cancelled in the middle of a message: the command is told to end, and what it still says is read.
        Task reading = ReadAsync(process, output);
        try
        {
            await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await process.TerminateAsync().ConfigureAwait(false);
            await EndAsync(process, reading).ConfigureAwait(false);
            throw;
        }

        return process.ExitStatus ?? NotRunnable;
    }

    private async Task EndAsync(IUserProcess process, Task reading)
    {
        try
        {
            await reading.WaitAsync(limits.Grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Disposing it kills the group; the read then ends with an error.
            await process.DisposeAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (PrivilegedHelperException)
        {
            // The helper is gone, and the command with it.
        }
    }

    private static async Task ReadAsync(IUserProcess process, Action<ReadOnlySpan<byte>> output)
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = (await process.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)).Count) > 0) output(buffer.AsSpan(0, count));
    }
}
