using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Commands;

/// <summary>A destination, and as many gateways in front of it as the tests have configurations.</summary>
public sealed class CommandBed : TestBed
{
    internal string FromSshd => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"127.0.0.1:{Destination.Port}");

    /// <summary>A gateway with these lines of configuration, and these options in front of the user's key.</summary>
    internal async Task<(GatewayProcess Gateway, Route Route)> StartAsync(string name, string lines, string keyOptions = "")
    {
        GatewayOptions options = DestinationOptions(Destination.Port, DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = lines,
            AuthorizedKeys = Folder.Write($"keys/authorized_{name}", $"{keyOptions} {UserKey.PublicText}\n".TrimStart(), secret: true),
        };
        GatewayProcess gateway = await StartGatewayAsync(options);
        return (gateway, RouteThrough(gateway, name));
    }
}
