using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>Keeps a helper running for a gateway that is not root any more and could not start one itself.</summary>
/// <param name="options">Options of the helper, passed on as they came.</param>
/// <param name="policy">What it may do; the configuration file may have changed when it is started again.</param>
/// <param name="log">Says when it had to be started again.</param>
internal sealed class HelperKeeper(IReadOnlyList<string> options, PolicySource policy, ILogger log)
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongLife = TimeSpan.FromMinutes(1);

    /// <summary>Runs until the gateway's pipe ends.</summary>
    /// <param name="gateway">The pipe; nothing more comes through it.</param>
    /// <param name="ready">Called when the first helper serves.</param>
    public async Task<int> RunAsync(Stream gateway, Action ready)
    {
        Task ended = gateway.CopyToAsync(Stream.Null);
        TimeSpan pause = ShortestPause;
        bool isFirst = true;
        while (true)
        {
            long started = Stopwatch.GetTimestamp();
            using Process helper = Start();
            bool serves = await PrepareAsync(helper).ConfigureAwait(false);
            if (isFirst && !serves) return 1;
            if (isFirst) ready();
            isFirst = false;
            Task exit = helper.WaitForExitAsync();
            if (await Task.WhenAny(ended, exit).ConfigureAwait(false) == ended)
            {
                await StopAsync(helper).ConfigureAwait(false);
                return 0;
            }

            pause = Stopwatch.GetElapsedTime(started) > LongLife ? ShortestPause : pause;
            log.HelperEnded(helper.ExitCode, pause.TotalSeconds);
            await Task.WhenAny(ended, Task.Delay(pause)).ConfigureAwait(false);
            if (ended.IsCompleted) return 0;
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private Process Start() =>
        Process.Start(SelfProgram.Start([AuthdCommand.Name, AuthdCommand.OwnedServer, .. options])) ?? throw new PrivilegedHelperException("the helper cannot be started");

    private async Task<bool> PrepareAsync(Process helper)
    {
        var channel = new FrameChannel(helper.StandardOutput.BaseStream, helper.StandardInput.BaseStream);
        try
        {
            await channel.WriteAsync(HelperMessage.Policy, policy.Current.Write(), CancellationToken.None).ConfigureAwait(false);
            return await channel.ReadAsync(0, CancellationToken.None).ConfigureAwait(false) is { Type: HelperMessage.Ready };
        }
        catch (Exception e) when (e is IOException or FrameException)
        {
            return false;
        }
    }

    /// <summary>The end of its pipe ends it and what it runs.</summary>
    private static async Task StopAsync(Process helper)
    {
        helper.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopTime);
        await helper.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!helper.HasExited) helper.Kill();
    }
}
