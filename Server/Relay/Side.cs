namespace SshGateway.Server.Relay;

/// <summary>Which end of the relay: the user's client or the destination host.</summary>
internal enum Side
{
    Client = 0,
    Destination = 1,
}

internal static class Sides
{
    public static Side Other(this Side side) => side ^ Side.Destination;
}
