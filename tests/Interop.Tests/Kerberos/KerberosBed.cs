using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Kerberos;

/// <summary>A realm, a destination that accepts nothing but its tickets, and gateways in front of it. The gateway is host/localhost, the destination host/127.0.0.1.</summary>
public sealed class KerberosBed : TestBed
{
    internal KerberosRealm Realm { get; private set; } = null!;

    internal string Keytab { get; private set; } = "";

    internal OpenSshServer Kerberized { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        if (new KerberosFactAttribute().Skip is not null) return;
        await base.InitializeAsync();
        Realm = Own(await KerberosRealm.StartAsync(Folder));
        await Realm.AddServiceAsync("host/127.0.0.1", "krb5/destination.keytab");
        Keytab = await Realm.AddServiceAsync("host/localhost", "krb5/gateway.keytab");
        foreach (string user in new[] { Environment.UserName, "mallory" }) await Realm.AddUserAsync(user);
        Kerberized = Own(await OpenSshServer.StartAsync(
            Folder, DestinationHostKeys, AuthorizedKeys,
            ["AuthenticationMethods gssapi-with-mic", "GSSAPIAuthentication yes", "GSSAPIStrictAcceptorCheck no"],
            environment: Realm.Environment));
    }

    /// <summary>A gateway that lets users in by their tickets, and shows them to the destination.</summary>
    internal Task<GatewayProcess> StartAsync(string destinationAuth = "[gssapi]", string destinationLines = "", string extraLines = "") =>
        StartGatewayAsync(DestinationOptions(Kerberized.Port, DestinationHostKeys.Select(key => key.PublicText)) with
        {
            AuthLines = $"  methods: [gssapi-with-mic]\n  keytab: {Keytab}\n",
            DestinationAuth = destinationAuth,
            DestinationLines = destinationLines,
            ExtraLines = extraLines,
            Environment = Realm.Environment,
        });

    /// <summary>Runs a command through the gateway with tickets of a principal.</summary>
    internal async Task<ProcessResult> SshAsync(GatewayProcess gateway, string principal, bool delegates, string command, string? login = null)
    {
        Route route = RouteThrough(gateway, $"k{Guid.NewGuid():N}"[..8]);
        string[] options =
        [
            "-o", "HostName=localhost", "-o", $"HostKeyAlias=[127.0.0.1]:{gateway.Port}", "-o", "PreferredAuthentications=gssapi-with-mic",
            "-o", "GSSAPIAuthentication=yes", "-o", $"GSSAPIDelegateCredentials={(delegates ? "yes" : "no")}", "-l", login ?? Environment.UserName,
        ];
        return await route.SshAsync([.. options, "target", command], environment: await Realm.TicketsAsync(principal));
    }
}
