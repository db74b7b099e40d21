using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.HostKeys;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Commands;

/// <summary>A configuration that can be served, with every key it names: for the start and for each reload.</summary>
internal sealed class LoadedConfiguration : IDisposable
{
    private LoadedConfiguration(GatewayConfiguration configuration, HostKeySet hostKeys, DestinationKeyRing destinationKeys, IReadOnlyList<string> warnings)
    {
        Configuration = configuration;
        HostKeys = hostKeys;
        DestinationKeys = destinationKeys;
        Warnings = warnings;
        Keys = new SharedKeys(hostKeys, destinationKeys);
    }

    public GatewayConfiguration Configuration { get; }

    public HostKeySet HostKeys { get; }

    public DestinationKeyRing DestinationKeys { get; }

    public SharedKeys Keys { get; }

    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The file's configuration, or what is wrong with it, one line each.</summary>
    public static (GatewayConfiguration? Configuration, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings) Read(string file)
    {
        ConfigurationResult result = ConfigurationLoader.Load(file);
        if (result.Configuration is not { } configuration) return (null, [.. result.Errors.Select(error => error.ToString())], []);
        List<string> warnings = [.. result.Warnings.Select(warning => warning.ToString())];
        if (configuration.AllRoutes.Any(route => route.Destination.HostKeyCheck == HostKeyCheck.Off))
            warnings.Add("destination.host_key_check is off: anybody in the network can pose as a destination");
        return (configuration, [], warnings);
    }

    /// <exception cref="Protocol.Keys.KeyFileException">A key cannot be read or is not what it should be.</exception>
    /// <exception cref="Protocol.Agent.AgentException">An agent cannot be used.</exception>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public static async Task<LoadedConfiguration> WithKeysAsync(GatewayConfiguration configuration, IReadOnlyList<string> warnings)
    {
        HostKeySet hostKeys = await HostKeySet.LoadAsync(configuration).ConfigureAwait(false);
        var destinationKeys = new DestinationKeyRing();
        try
        {
            foreach (RouteConfiguration route in configuration.AllRoutes)
            {
                destinationKeys.Load(route.Destination.Keys);
                // Now, while we may still be root; an agent is asked when a certificate is wanted.
                if (route.Destination.CaKey is { Length: > 0 } authority && !DestinationKeyRing.IsAgent(authority)) destinationKeys.Load(authority);
            }

            return new LoadedConfiguration(configuration, hostKeys, destinationKeys, [.. warnings, .. hostKeys.Warnings]);
        }
        catch
        {
            hostKeys.Dispose();
            destinationKeys.Dispose();
            throw;
        }
    }

    public void Log(ILogger log)
    {
        foreach ((Protocol.Keys.PublicKey key, string source) in HostKeys.Sources) log.HostKey(key.KeyType, key.Fingerprint, source);
        if (Configuration.ForeignSources.Count > 0) log.ForeignSources(string.Join(", ", Configuration.ForeignSources));
        foreach (string warning in Warnings) log.ConfigurationWarning(warning);
    }

    /// <summary>Gives up the configuration's own hold on its keys; sessions that use them keep them.</summary>
    public void Dispose() => Keys.Release();
}
