using System.Threading.Channels;
using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>
/// One gateway with several ports, each with an <see cref="InetdServer"/> of its own as destination: so several rows are under way at a
/// time. The gateway holds a key and a certificate of each type; which of them lets in is the destination's choice.
/// </summary>
public sealed class DestinationMatrixBed : TestBed
{
    private readonly Channel<Lane> _free = Channel.CreateUnbounded<Lane>();

    internal MatrixKeys HostKeys { get; private set; } = null!;

    internal MatrixKeys UserKeys { get; private set; } = null!;

    internal GatewayProcess Matrix { get; private set; } = null!;

    /// <summary>A lane whose destination is an OpenSSH 10; null where there is none.</summary>
    internal Lane? Newer { get; private set; }

    /// <summary>A lane whose destination may use what is outdated.</summary>
    internal Lane Legacy { get; private set; } = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        HostKeys = await MatrixKeys.GenerateAsync(Folder, "hosts", "127.0.0.1", isHost: true);
        UserKeys = await MatrixKeys.GenerateAsync(Folder, "users", Environment.UserName, isHost: false);
        string config = ServerConfig();
        string knownHosts = Folder.Write("matrix_known_hosts", HostKeys.KnownHosts("[127.0.0.1]:*"));
        var servers = new List<InetdServer>();
        for (int lane = 0; lane <= MatrixRun.AtATime; lane++) servers.Add(Own(new InetdServer("/usr/sbin/sshd", "-i", "-e", "-f", config)));
        if (OpenSsh10.Problem is null)
            servers.Add(Own(new InetdServer([OpenSsh10.Sshd, "-i", "-e", "-f", config, .. OpenSsh10.SshdLines.SelectMany(line => (string[])["-o", line])])));

        int[] ports = [.. servers.Select(_ => LoopbackPort.Free())];
        KeyPair[] keys = [.. UserKeys.All];
        Matrix = await StartGatewayAsync(DestinationOptions(Destination.Port, []) with
        {
            Port = ports[0],
            MorePorts = ports[1..],
            DestinationKey = keys[0].PrivateFile,
            MoreDestinationKeys = [.. keys.Skip(1).Select(key => key.PrivateFile)],
            DestinationKnownHosts = knownHosts,
            ExtraLines = "overrides:\n" + string.Concat(servers.Select((server, number) => Override(ports[number], server.Port, legacy: number == MatrixRun.AtATime))),
        });

        Lane[] lanes = [.. servers.Select((server, number) => new Lane(server, RouteTo(ports[number])))];
        foreach (Lane lane in lanes.Take(MatrixRun.AtATime)) _free.Writer.TryWrite(lane);
        Legacy = lanes[MatrixRun.AtATime];
        Newer = lanes.ElementAtOrDefault(MatrixRun.AtATime + 1);
    }

    /// <summary>Lends a lane that nobody else uses.</summary>
    internal async Task WithLaneAsync(Func<Lane, Task> use)
    {
        Lane lane = await _free.Reader.ReadAsync();
        try
        {
            await use(lane);
        }
        finally
        {
            _free.Writer.TryWrite(lane);
        }
    }

    /// <summary>What an sshd is pinned to for a row.</summary>
    internal IReadOnlyList<string> Pin(AlgorithmRow row)
    {
        string plain = AlgorithmNames.Plain(row.UserKey);
        List<string> lines = [$"KexAlgorithms={row.Kex}", $"Ciphers={row.Cipher}", $"HostKeyAlgorithms={row.HostKey}"];
        if (row.Mac is not null) lines.Add($"MACs={row.Mac}");
        lines.AddRange(AlgorithmNames.IsCertificate(row.UserKey)
            ? [$"PubkeyAcceptedAlgorithms={row.UserKey},{plain}", $"TrustedUserCAKeys={UserKeys.Authority.PublicFile}", "AuthorizedKeysFile=none"]
            : [$"PubkeyAcceptedAlgorithms={row.UserKey}", $"AuthorizedKeysFile={UserKeys.For(row.UserKey).PublicFile}"]);
        if (row.Kex is not ("diffie-hellman-group18-sha512" or "diffie-hellman-group-exchange-sha256")) lines.Add("RekeyLimit=64K");
        return lines;
    }

    private static string Override(int port, int destination, bool legacy) =>
        $"  - match: [{{sources: [\"127.0.0.1:{port}\"]}}]\n    dest: [\"127.0.0.1:{destination}\"]\n{(legacy ? "    destination: {legacy: true}\n" : "")}";

    private Route RouteTo(int port) => new(Folder, $"lane{port}", port, UserKey, GatewayHostKeys.Select(key => key.PublicText));

    private string ServerConfig()
    {
        string home = Folder.NewFolder("home");
        string[] lines =
        [
            .. HostKeys.All.Select(key => $"HostKey {key.PrivateFile}"),
            .. HostKeys.Certificates.Select(file => $"HostCertificate {file}"),
            "AuthenticationMethods publickey",
            // The gateway tries its keys in turn until it comes to the one that is let in.
            "MaxAuthTries 60",
            "PermitRootLogin yes",
            "StrictModes no",
            "UsePAM no",
            "PrintMotd no",
            "PrintLastLog no",
            "UseDNS no",
            $"SetEnv HOME={home}",
            "LogLevel VERBOSE",
        ];
        return Folder.Write("matrix_sshd_config", string.Join('\n', lines) + "\n");
    }

    /// <summary>A port of the gateway and the destination behind it.</summary>
    internal sealed record Lane(InetdServer Server, Route Route);
}
