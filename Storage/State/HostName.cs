namespace SshGateway.Storage.State;

/// <summary>The two parts of <c>host:port</c>; the host may be an IPv6 address, with or without brackets.</summary>
internal static class HostName
{
    public static (string Host, string Port) Split(string name)
    {
        int colon = name.LastIndexOf(':');
        return colon < 0 ? (name, "") : (name[..colon], name[(colon + 1)..]);
    }

    public static bool Matches(this PersistFilter filter, PersistRecord record)
    {
        (string host, string port) = Split(record.Host);
        return (filter.User is null || filter.User == record.User) && (filter.Service is null || filter.Service == record.Service)
            && (filter.Host is null || filter.Host == host) && (filter.Port is null || filter.Port == port);
    }
}
