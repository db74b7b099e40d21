using SshGateway.Server.Configuration;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>A collector as <c>dump</c> names it: <c>TCP:host:port</c>, or <c>TLS:host:port</c>, which is the same inside TLS.</summary>
internal readonly record struct CollectorAddress(HostEndpoint Endpoint, bool IsTls)
{
    private const string Tcp = "TCP:";
    private const string Tls = "TLS:";

    /// <summary>Whether the text names a collector, well or badly.</summary>
    public static bool IsCollector(string dump) => dump.StartsWith(Tcp, StringComparison.Ordinal) || dump.StartsWith(Tls, StringComparison.Ordinal);

    public static bool TryParse(string dump, out CollectorAddress address)
    {
        address = default;
        if (!IsCollector(dump) || !HostEndpoint.TryParse(dump[Tcp.Length..], 0, out HostEndpoint endpoint) || endpoint.Port == 0) return false;
        address = new CollectorAddress(endpoint, dump.StartsWith(Tls, StringComparison.Ordinal));
        return true;
    }

    /// <summary>As in the configuration.</summary>
    public override string ToString() => $"{(IsTls ? Tls : Tcp)}{Endpoint}";
}
