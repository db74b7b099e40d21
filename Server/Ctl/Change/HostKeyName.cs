using SshGateway.Server.Configuration;

namespace SshGateway.Server.Ctl.Change;

/// <summary>Names of hosts in the style of known_hosts: <c>host</c>, <c>[host]:port</c>, perhaps with more behind a space.</summary>
internal static class HostKeyName
{
    /// <summary>As <c>host:port</c>.</summary>
    public static string Endpoint(string key)
    {
        int space = key.IndexOf(' ', StringComparison.Ordinal);
        string name = space < 0 ? key : key[..space];
        if (HostEndpoint.TryParse(name, HostEndpoint.DefaultPort, out HostEndpoint endpoint)) return endpoint.ToString();
        // [name]:port, where the brackets hold no address.
        string bare = name.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        return HostEndpoint.TryParse(bare, HostEndpoint.DefaultPort, out endpoint) ? endpoint.ToString() : name;
    }
}
