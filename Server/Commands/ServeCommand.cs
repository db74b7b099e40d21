using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.HostKeys;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Commands;

/// <summary><c>sshgateway serve</c>: runs the gateway until SIGTERM or SIGINT.</summary>
internal static class ServeCommand
{
    /// <summary>Exit codes: 0 stopped on request, 1 could not start, 78 (EX_CONFIG) the configuration is wrong.</summary>
    public const int StartFailed = 1;
    public const int ConfigurationWrong = 78;

    /// <summary>SIGTERM to exit takes at most 5 s; what is left then is cut off.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(4);

    public static async Task<int> RunAsync(string file)
    {
        ConfigurationResult result = ConfigurationLoader.Load(file);
        if (result.Configuration is not { } configuration)
        {
            foreach (ConfigurationError error in result.Errors) await Console.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            return ConfigurationWrong;
        }

        (IReadOnlyList<string> refused, IReadOnlyList<string> unsupported) = UnsupportedSettings.Find(configuration);
        foreach (string setting in refused)
            await Console.Error.WriteLineAsync($"{file}: {setting}: not supported by this version, and not ignored because it may guard something").ConfigureAwait(false);
        if (refused.Count > 0) return ConfigurationWrong;

        using LineLoggerProvider log = LineLoggerProvider.Open(configuration.Log, configuration.Debug);
        foreach (ConfigurationError warning in result.Warnings) log.ConfigurationWarning(warning.ToString());
        foreach (string setting in unsupported) log.ConfigurationWarning($"{file}: {setting}: has no effect in this version");
        try
        {
            return await ServeAsync(configuration, log).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KeyFileException or AgentException or IOException or UnauthorizedAccessException or SocketException)
        {
            log.StartFailed(e.Message);
            await Console.Error.WriteLineAsync($"sshgateway: {e.Message}").ConfigureAwait(false);
            return StartFailed;
        }
    }

    private static async Task<int> ServeAsync(GatewayConfiguration configuration, ILogger log)
    {
        Task preparing = HybridKeyExchange.PrepareAsync();
        using HostKeySet hostKeys = await HostKeySet.LoadAsync(configuration).ConfigureAwait(false);
        foreach ((PublicKey key, string source) in hostKeys.Sources) log.HostKey(key.KeyType, key.Fingerprint, source);
        foreach (string warning in hostKeys.Warnings) log.ConfigurationWarning(warning);
        using var destinationKeys = new DestinationKeyRing();
        foreach (RouteConfiguration route in configuration.AllRoutes) destinationKeys.Load(route.Destination.Keys);
        if (configuration.AllRoutes.Any(route => route.Destination.HostKeyCheck == HostKeyCheck.Off))
            log.ConfigurationWarning("destination.host_key_check is off: anybody in the network can pose as a destination");
        var services = new GatewayServices
        {
            Configuration = configuration,
            HostKeys = hostKeys.Signers,
            DestinationKeys = destinationKeys,
            Logger = log,
        };
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = OnSignal(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, stop);
        var server = new GatewayServer(services);
        server.Start();
        log.Started(VersionCommand.Version, configuration.FilePath);
        await stop.Task.ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(StopLimit);
        await preparing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.StopAsync("the gateway is stopping", deadline.Token).ConfigureAwait(false);
        log.Stopped();
        return 0;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, TaskCompletionSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
}
