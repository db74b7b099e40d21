using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Destinations;

/// <summary>A destination that takes the user's key and nothing else, and gateways that have other ways to it.</summary>
public sealed class DestinationBed : TestBed
{
    internal OpenSshServer UsersOnly { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        string users = Folder.Write("keys/users_only", UserKey.PublicText + "\n", secret: true);
        UsersOnly = await StartDestinationAsync([$"AuthorizedKeysFile {users}", "MaxAuthTries 10"]);
    }

    /// <summary>A gateway in front of a destination (the user's, if none is given) that logs in there in these ways.</summary>
    internal async Task<(GatewayProcess Gateway, Route Route)> StartAsync(
        string name, string destinationAuth, string destinationLines = "", string lines = "", string keyOptions = "", OpenSshServer? destination = null)
    {
        OpenSshServer target = destination ?? UsersOnly;
        GatewayProcess gateway = await StartGatewayAsync(DestinationOptions(target.Port, target.HostKeys.Select(key => key.PublicText)) with
        {
            DestinationAuth = destinationAuth,
            DestinationLines = destinationLines,
            ExtraLines = lines,
            AuthorizedKeys = Folder.Write($"keys/authorized_{name}", $"{keyOptions} {UserKey.PublicText}\n".TrimStart(), secret: true),
        });
        return (gateway, RouteThrough(gateway, name));
    }

    internal async Task<SshAgent> StartAgentAsync(params string[] add)
    {
        SshAgent agent = Own(await SshAgent.StartAsync(Path.Combine(Folder.NewFolder("a"), "s")));
        (await agent.AddAsync(add)).Succeeded();
        return agent;
    }
}
