using System.Net.Sockets;
using System.Runtime.InteropServices;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Admin;
using SshGateway.Server.Admin.Http;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;
using SshGateway.Server.Recording;
using SshGateway.Server.Recording.Live;
using SshGateway.Server.State;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Resilience;

namespace SshGateway.Server.Commands;

/// <summary><c>sshgateway serve</c>: runs the gateway until SIGTERM or SIGINT; SIGHUP loads the configuration anew.</summary>
internal static class ServeCommand
{
    /// <summary>Exit codes: 0 stopped on request, 1 could not start, 78 (EX_CONFIG) the configuration is wrong.</summary>
    public const int StartFailed = 1;
    public const int ConfigurationWrong = 78;

    /// <summary>SIGTERM to exit takes at most 5 s; what is left then is cut off.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(4);

    /// <summary>A store that takes longer to answer the first time (it may have to migrate) counts as away, and the start goes on.</summary>
    private static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string file)
    {
        (GatewayConfiguration? configuration, IReadOnlyList<string> errors, IReadOnlyList<string> warnings) = LoadedConfiguration.Read(file);
        if (configuration is null)
        {
            foreach (string error in errors) await Console.Error.WriteLineAsync(error).ConfigureAwait(false);
            return ConfigurationWrong;
        }

        using var log = new LogHub(configuration);
        try
        {
            return await ServeAsync(configuration, warnings, log).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KeyFileException or AgentException or IOException or UnauthorizedAccessException or SocketException or PrivilegedHelperException)
        {
            log.StartFailed(e.Message);
            await Console.Error.WriteLineAsync($"sshgateway: {e.Message}").ConfigureAwait(false);
            return StartFailed;
        }
    }

    private static async Task<int> ServeAsync(GatewayConfiguration configuration, IReadOnlyList<string> warnings, LogHub log)
    {
        Task preparing = HybridKeyExchange.PrepareAsync();
        bool isFirst = FirstStart.IsNow(configuration);
        // Its keys are held by the server from here on, and destroyed with the process.
        LoadedConfiguration loaded = await LoadedConfiguration.WithKeysAsync(configuration, warnings).ConfigureAwait(false);
        loaded.Log(log);
        await using GatewayPrivilege privilege = await GatewayPrivilege.PrepareAsync(configuration, log).ConfigureAwait(false);
        // From here on nothing is root's any more; what is made now belongs to the user run_as.
        privilege.Drop(configuration);
        await using ResilientStateStore store = StateOpening.Open(configuration.State, log);
        await store.StartAsync(StateLimit, CancellationToken.None).ConfigureAwait(false);
        await using var state = new GatewayState(store, GatewayName.Of(configuration), configuration, TimeProvider.System, log);
        log.StateOpened(StateOpening.Name(configuration.State), state.Gateway);
        await using var recording = new GatewayRecording(configuration, state.Gateway, store, log, TimeProvider.System)
        {
            Placed = (session, location) => state.Connections.AddDetail(session, "recording", location),
        };
        recording.Start();
        var feeds = new SessionFeeds();
        var services = new GatewayServices
        {
            TapSources = [recording.Source, feeds],
            Configuration = configuration,
            State = state,
            HostKeys = loaded.HostKeys.Signers,
            DestinationKeys = loaded.DestinationKeys,
            Keys = loaded.Keys,
            Logger = log,
            Helper = privilege.Helper,
        };
        foreach ((string methods, string reason) in services.Methods.Missing) log.MethodNotOffered(methods, reason);
        if (services.Methods.Combinations.Count == 0) throw new IOException("none of auth.methods can be offered, so nobody could log in");
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = OnSignal(PosixSignal.SIGTERM, () => stop.TrySetResult());
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, () => stop.TrySetResult());
        using var notifier = new SystemdNotifier(services.Time);
        var server = new GatewayServer(services) { Ticked = notifier.Alive };
        using var reload = new Reload(configuration.FilePath, server, log, notifier) { Applied = recording.Apply };
        using PosixSignalRegistration hangup = OnSignal(PosixSignal.SIGHUP, () => _ = Task.Run(reload.RunAsync));
        // Before anybody can come: the first login is counted as well.
        await using Monitoring? monitoring = await Monitoring.StartAsync(server, state, () => store.Status, log, services.Time).ConfigureAwait(false);
        server.Start(InheritedSockets.Take());
        await state.StartAsync([.. server.Addresses.Select(address => address.ToString()!)], CancellationToken.None).ConfigureAwait(false);
        await using AdminSocket? admin = StartAdminSocket(server, store, feeds, log);
        log.Started(VersionCommand.Version, configuration.FilePath);
        if (isFirst) FirstStart.Log(configuration, log);
        notifier.Ready();
        await stop.Task.ConfigureAwait(false);
        notifier.Stopping(server.SessionCount);
        using var deadline = new CancellationTokenSource(StopLimit);
        await preparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.StopAsync("the gateway is stopping", deadline.Token).ConfigureAwait(false);
        await state.StopAsync(deadline.Token).ConfigureAwait(false);
        log.Stopped();
        return 0;
    }

    /// <summary>Without it users get in all the same: it is for operators.</summary>
    private static AdminSocket? StartAdminSocket(GatewayServer server, IStateStore store, SessionFeeds feeds, LogHub log)
    {
        try
        {
            return AdminSocket.Start(() => server.Services.Configuration, store, feeds, log, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            log.ConfigurationWarning($"no admin socket: {e.Message}");
            return null;
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, Action action) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        });
}
