using SshGateway.Protocol.Agent;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Configuration;
using SshGateway.Server.HostKeys;

namespace SshGateway.Server.Algorithms;

/// <summary>What <c>sshgateway check</c> says of the algorithms: one <c>offered.LEG.KIND = names</c> a line.</summary>
internal static class OfferPrinter
{
    public static IEnumerable<string> Lines(GatewayConfiguration configuration)
    {
        OfferedAlgorithms offered = OfferedAlgorithms.For(configuration.Algorithms);
        IReadOnlyList<string> hostKeys = HostKeys(configuration, offered.ClientLeg.HostKeys, out string? problem);
        foreach (string line in Leg("client", offered.ClientLeg with { HostKeys = hostKeys })) yield return line;
        if (problem is not null) yield return $"offered.client.host_keys.problem = {problem}";
        yield return $"offered.client.user_keys = {Names(offered.UserKeys)}";
        foreach (string line in Leg("destination", OfferedAlgorithms.Destination(legacy: false))) yield return line;
        if (!configuration.AllRoutes.Any(route => route.Destination.Legacy)) yield break;
        foreach (string line in Leg("legacy_destination", OfferedAlgorithms.Destination(legacy: true))) yield return line;
    }

    private static IEnumerable<string> Leg(string leg, AlgorithmPreferences offer)
    {
        yield return $"offered.{leg}.kex = {Names(offer.KeyExchanges)}";
        yield return $"offered.{leg}.host_keys = {Names(offer.HostKeys)}";
        yield return $"offered.{leg}.ciphers = {Names(offer.Ciphers)}";
        yield return $"offered.{leg}.macs = {Names(offer.Macs)}";
        yield return $"offered.{leg}.compression = {Names(offer.Compressions)}";
    }

    /// <summary>Those there is a key for; the whole list, with the problem, when the keys cannot be had.</summary>
    private static IReadOnlyList<string> HostKeys(GatewayConfiguration configuration, IReadOnlyList<string> names, out string? problem)
    {
        problem = null;
        if (configuration.HostKeys.Count == 0 && configuration.HostCertificates.Count == 0)
            return [.. names.Where(name => GeneratedHostKeys.Algorithms.Contains(name, StringComparer.Ordinal))];
        try
        {
            // The command is synchronous, and only an agent is waited for.
            using HostKeySet keys = HostKeySet.LoadAsync(configuration, generate: false).GetAwaiter().GetResult();
            return OfferedAlgorithms.WithKeys(names, [.. keys.Sources.Select(source => source.Key)]);
        }
        catch (Exception e) when (e is KeyFileException or AgentException or IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return names;
        }
    }

    private static string Names(IReadOnlyList<string> names) => string.Join(',', names);
}
