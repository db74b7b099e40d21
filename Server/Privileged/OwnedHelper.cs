using System.Diagnostics;
using System.Security.Cryptography;
using SshGateway.Server.Privileged.Authd;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged;

/// <summary>A helper that a gateway started as root has started for itself. It ends when the pipe to it is closed: with the gateway, however that ends.</summary>
internal sealed class OwnedHelper : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    private readonly Process _process;

    private readonly CancellationTokenSource _stopping = new();

    private OwnedHelper(Process process, string socket) => (_process, Socket) = (process, socket);

    public string Socket { get; }

    /// <summary>Calls back if it ends without having been asked to.</summary>
    public async Task WatchAsync(Action lost)
    {
        await _process.WaitForExitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_stopping.IsCancellationRequested) lost();
    }

    /// <summary>Starts it and returns when it serves.</summary>
    /// <param name="configurationFile">Which it watches for changes.</param>
    /// <param name="policy">What the file says now.</param>
    /// <param name="uid">Whom it serves.</param>
    /// <param name="keepSpare">Whether conversations or commands are to be expected.</param>
    /// <param name="loginGrace">How long users have to log in: modules need no longer to answer.</param>
    /// <param name="debug">Whether it tells everything.</param>
    /// <exception cref="PrivilegedHelperException">It did not start.</exception>
    public static async Task<OwnedHelper> StartAsync(string configurationFile, HelperPolicy policy, uint uid, bool keepSpare, TimeSpan loginGrace, bool debug)
    {
        // An abstract name needs no folder; nobody can guess it, and the peers look at each other's user.
        string socket = HelperSocket.Prefix + "sshgateway-authd-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        ProcessStartInfo start = SelfProgram.Start(
            AuthdCommand.Name, AuthdCommand.Owned, "--config", configurationFile, "--socket", socket,
            "--uid", uid.ToString(System.Globalization.CultureInfo.InvariantCulture), "--spare", keepSpare ? "1" : "0", "--module-time", Seconds(loginGrace), "--debug", debug ? "1" : "0");
        Process process = Process.Start(start) ?? throw new PrivilegedHelperException("the helper cannot be started");
        var helper = new OwnedHelper(process, socket);
        using var limit = new CancellationTokenSource(StartTime);
        try
        {
            var channel = new FrameChannel(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
            await channel.WriteAsync(HelperMessage.Policy, policy.Write(), limit.Token).ConfigureAwait(false);
            if (await channel.ReadAsync(0, limit.Token).ConfigureAwait(false) is { Type: HelperMessage.Ready }) return helper;
        }
        catch (Exception e) when (e is IOException or FrameException or OperationCanceledException)
        {
            // Said below.
        }

        await helper.DisposeAsync().ConfigureAwait(false);
        throw new PrivilegedHelperException("the helper did not start; its messages are on standard error");
    }

    private static string Seconds(TimeSpan loginGrace) =>
        Math.Clamp((int)loginGrace.TotalSeconds, 1, (int)AuthdOptions.LongestModuleTime.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            _process.StandardInput.Dispose();
        }
        catch (IOException)
        {
            // It is gone already.
        }

        using var limit = new CancellationTokenSource(StopTime);
        // We are not root any more: it cannot be killed, but it has nobody left to serve.
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
        _stopping.Dispose();
    }
}
