namespace SshGateway.Storage.State;

/// <summary>The order of lists of connections: user, service, start, id.</summary>
internal static class ConnectionOrder
{
    public static int Compare(ConnectionRecord one, ConnectionRecord other)
    {
        int order = string.CompareOrdinal(one.User, other.User);
        if (order == 0) order = string.CompareOrdinal(one.Service, other.Service);
        if (order == 0) order = one.Start.CompareTo(other.Start);
        return order != 0 ? order : string.CompareOrdinal(one.Id, other.Id);
    }
}
