using Xunit;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>
/// A destination (a real sshd), the gateway in front of it, and the two routes that every comparison takes. Shared by the
/// tests of a collection. SSHGATEWAY_INTEROP=direct proves the harness alone: both routes are then straight.
/// </summary>
public class TestBed : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _owned = [];

    internal static bool DirectOnly => Environment.GetEnvironmentVariable("SSHGATEWAY_INTEROP") == "direct";

    internal TemporaryFolder Folder { get; } = new();

    internal KeyPair UserKey { get; private set; } = null!;

    internal KeyPair GatewayKey { get; private set; } = null!;

    internal IReadOnlyList<KeyPair> DestinationHostKeys { get; private set; } = [];

    internal IReadOnlyList<KeyPair> GatewayHostKeys { get; private set; } = [];

    /// <summary>Both the user's and the gateway's key: the file of the destination and of the gateway.</summary>
    internal string AuthorizedKeys { get; private set; } = null!;

    internal OpenSshServer Destination { get; private set; } = null!;

    internal Route Direct { get; private set; } = null!;

    internal Route Gateway { get; private set; } = null!;

    /// <summary>The running gateway; only null when the harness is proved alone.</summary>
    internal GatewayProcess? GatewayProcess { get; private set; }

    /// <summary>First lines of the destination's sshd_config.</summary>
    internal virtual IReadOnlyList<string> DestinationLines => [];

    /// <summary>More of the gateway's configuration.</summary>
    internal virtual string GatewayLines => "";

    public virtual async Task InitializeAsync()
    {
        UserKey = await KeyPair.GenerateAsync(Folder, "keys/user");
        GatewayKey = await KeyPair.GenerateAsync(Folder, "keys/gateway");
        DestinationHostKeys = [await KeyPair.GenerateAsync(Folder, "keys/destination_ed25519")];
        GatewayHostKeys =
        [
            await KeyPair.GenerateAsync(Folder, "keys/gateway_ed25519"),
            await KeyPair.GenerateAsync(Folder, "keys/gateway_rsa", "rsa", 3072),
        ];
        AuthorizedKeys = Folder.Write("keys/authorized_keys", $"{UserKey.PublicText}\n{GatewayKey.PublicText}\n", secret: true);
        Destination = Own(await OpenSshServer.StartAsync(Folder, DestinationHostKeys, AuthorizedKeys, DestinationLines));
        await UseDestinationAsync(Destination.Port);
    }

#pragma warning disable CA1816 // xunit's interface, not the one with finalizers
    public virtual async Task DisposeAsync()
#pragma warning restore CA1816
    {
        foreach (IAsyncDisposable owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }

        Folder.Dispose();
    }

    /// <summary>Makes the two routes lead to a port where a server has this bed's host keys (or those given).</summary>
    internal async Task UseDestinationAsync(int port, IReadOnlyList<string>? hostKeys = null)
    {
        hostKeys ??= [.. DestinationHostKeys.Select(key => key.PublicText)];
        Direct = new Route(Folder, "d", port, UserKey, hostKeys);
        if (DirectOnly)
        {
            Gateway = new Route(Folder, "g", port, UserKey, hostKeys);
            return;
        }

        GatewayProcess = await StartGatewayAsync(DestinationOptions(port, hostKeys));
        Gateway = RouteThrough(GatewayProcess, "g");
    }

    /// <summary>The configuration of a gateway in front of a destination with these host keys (type and blob).</summary>
    internal GatewayOptions DestinationOptions(int port, IEnumerable<string> hostKeys) => new()
    {
        HostKeys = GatewayHostKeys,
        AuthorizedKeys = AuthorizedKeys,
        Destinations = [$"127.0.0.1:{port}"],
        DestinationKey = GatewayKey.PrivateFile,
        DestinationKnownHosts = Folder.Write(
            $"known_hosts_{port}_{Guid.NewGuid():N}"[..24],
            string.Concat(hostKeys.Select(key => $"[127.0.0.1]:{port} {key}\n"))),
        ExtraLines = GatewayLines,
    };

    internal async Task<GatewayProcess> StartGatewayAsync(GatewayOptions options) =>
        Own(await Harness.GatewayProcess.StartAsync(Folder, options));

    internal Route RouteThrough(GatewayProcess gateway, string name, string extraConfig = "") =>
        new(Folder, name, gateway.Port, UserKey, GatewayHostKeys.Select(key => key.PublicText), extraConfig);

    internal async Task<OpenSshServer> StartDestinationAsync(IEnumerable<string> lines, int? port = null, IReadOnlyList<KeyPair>? hostKeys = null) =>
        Own(await OpenSshServer.StartAsync(Folder, hostKeys ?? DestinationHostKeys, AuthorizedKeys, lines, port));

    /// <summary>Disposed with the bed, last first.</summary>
    internal T Own<T>(T disposable)
        where T : IAsyncDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    /// <summary>Runs a scenario on both routes and compares all it left; returns the straight one's outcome for further checks.</summary>
    internal async Task<Outcome> CompareAsync(Func<Route, Task<Outcome>> scenario, bool together = false)
    {
        Task<Outcome> direct = scenario(Direct);
        if (!together)
        {
            await direct;
        }

        Outcome expected;
        Outcome actual;
        try
        {
            actual = await scenario(Gateway);
            expected = await direct;
        }
        catch (Exception exception) when (GatewayProcess is not null)
        {
            throw new InvalidOperationException($"{exception.Message}\n== the gateway's log ends:\n{GatewayProcess.LogTail()}", exception);
        }

        Assert.Equal(expected.Pieces.Select(piece => piece.Name), actual.Pieces.Select(piece => piece.Name));
        foreach (((string name, byte[] want), (_, byte[] got)) in expected.Pieces.Zip(actual.Pieces))
        {
            if (!want.AsSpan().SequenceEqual(got))
            {
                Assert.Fail(
                    $"{name} differs\n== direct:\n{Printable.Text(want)}\n== through the gateway:\n{Printable.Text(got)}\n" +
                    $"== the gateway's log ends:\n{GatewayProcess?.LogTail()}");
            }
        }

        return expected;
    }
}
