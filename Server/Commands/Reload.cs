using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;
using SshGateway.Server.Metrics;

namespace SshGateway.Server.Commands;

/// <summary>SIGHUP: the file is read again and comes into force as a whole, or not at all. One at a time.</summary>
internal sealed class Reload(string file, GatewayServer server, LogHub log, SystemdNotifier notifier) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Told of each configuration that came into force.</summary>
    public Action<GatewayConfiguration>? Applied { get; init; }

    /// <summary>False when the old configuration stays; the log says why.</summary>
    public async Task<bool> RunAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            notifier.Reloading();
            IReadOnlyList<string> errors = await TryAsync().ConfigureAwait(false);
            foreach (string error in errors) log.ReloadFailed(error);
            // Files are opened anew in any case: logrotate sends the same signal.
            log.Reload(server.Services.Configuration);
            if (errors.Count == 0) log.Reloaded(file);
            ServerMetrics.Reloaded(errors.Count == 0);
            return errors.Count == 0;
        }
        finally
        {
            notifier.Ready();
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<IReadOnlyList<string>> TryAsync()
    {
        LoadedConfiguration? loaded = null;
        try
        {
            (GatewayConfiguration? configuration, IReadOnlyList<string> errors, IReadOnlyList<string> warnings) = LoadedConfiguration.Read(file);
            if (configuration is null) return errors;
            GatewayServices current = server.Services;
            loaded = await LoadedConfiguration.WithKeysAsync(configuration, [.. warnings, .. NeedRestart(current.Configuration, configuration)]).ConfigureAwait(false);
            server.Apply(current.With(configuration, loaded.HostKeys.Signers, loaded.DestinationKeys, loaded.Keys));
            Applied?.Invoke(configuration);
            loaded.Log(log);
            await current.State.ApplyAsync(configuration, [.. server.Addresses.Select(address => address.ToString()!)], CancellationToken.None).ConfigureAwait(false);
            return [];
        }
        catch (Exception e) when (e is KeyFileException or AgentException or IOException or UnauthorizedAccessException)
        {
            loaded?.Dispose();
            return [$"{file}: {e.Message}"];
        }
        catch (Exception e)
        {
            loaded?.Dispose();
            return [$"{file}: internal error: {e.GetType().Name}: {e.Message}"];
        }
    }

    private static IEnumerable<string> NeedRestart(GatewayConfiguration old, GatewayConfiguration next)
    {
        (string Key, bool IsSame)[] keys =
        [
            ("state_dir", old.StateDir == next.StateDir),
            ("run_as", old.RunAs == next.RunAs),
            ("state.database", old.State.Database == next.State.Database),
            ("admin.listen", old.AdminListen == next.AdminListen),
            ("admin.otlp", old.AdminOtlp == next.AdminOtlp),
            ("admin.group", old.AdminGroup == next.AdminGroup),
        ];
        return keys.Where(key => !key.IsSame).Select(key => $"{key.Key} was changed: that takes effect at the next start");
    }
}
