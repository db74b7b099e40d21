using System.Net;
using System.Net.Sockets;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Benchmarks.Idle;

/// <summary>Both ends of bench.sh's memory row: a client that holds thousands of sessions, and a destination that fits them.</summary>
internal static class IdleSessions
{
    private const int Parallel = 8;

    /// <summary><c>idle-client PORT USER KEY KNOWN_HOSTS COUNT</c>: prints "ready" when all sessions are open, ends with standard input.</summary>
    public static async Task<int> HoldAsync(string[] args)
    {
        (ushort port, string user, int count) = (ushort.Parse(args[0]), args[1], int.Parse(args[4]));
        using PrivateKey key = PrivateKey.Load(args[2]);
        KnownHosts known = KnownHosts.Parse(args[3], await File.ReadAllBytesAsync(args[3]));
        var options = new SshClientOptions
        {
            VerifyHostKey = (hostKey, _) => ValueTask.FromResult(known.Check("127.0.0.1", port, hostKey).Status is HostKeyStatus.Trusted or HostKeyStatus.Unknown),
        };
        var clients = new SshClient[count];
        await System.Threading.Tasks.Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (i, cancellation) =>
        {
            clients[i] = await SshClient.ConnectAsync("127.0.0.1", port, user, [key], options, cancellation);
            SshSession session = await clients[i].OpenSessionAsync(cancellation);
            if (!await session.ShellAsync(cancellation)) throw new IOException("the shell was refused");
        });
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }

    /// <summary><c>idle-server PORT HOST_KEY AUTHORIZED_KEYS</c>: a destination whose shells wait for input.</summary>
    public static async Task<int> ServeAsync(string[] args)
    {
        using PrivateKey hostKey = PrivateKey.Load(args[1]);
        PublicKey[] keys = [.. AuthorizedKeys.Parse(await File.ReadAllBytesAsync(args[2])).Select(entry => entry.Key)];
        var server = new SshServer(new SshServerOptions
        {
            HostKeys = [hostKey],
            Users = new AuthorizedKeySet(keys),
            Sessions = _ => new WaitingSession(),
            MaxConnections = 100_000,
        });
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, ushort.Parse(args[0])));
        listener.Listen(512);
        await server.RunAsync(listener);
        return 0;
    }

    private sealed class WaitingSession : ISessionHandler
    {
        public bool AcceptStart(ServerSession session, SessionStart start) => true;

        public async Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[64];
            while (await session.Channel.ReadAsync(buffer, cancellationToken) > 0)
            {
            }

            return 0;
        }
    }
}
