// Runs one command on a server and ends with its status.
//   dotnet run --project samples/RunCommand -- user@host:22 ~/.ssh/id_ed25519 ~/.ssh/known_hosts uname -a
//   dotnet run --project samples/RunCommand -- user@127.0.0.1:2200 key SHA256:fingerprint 'echo hello'
using System.Net.Sockets;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;

string[] target = args.Length < 4 ? [] : args[0].Split('@', ':');
if (target.Length != 3 || !ushort.TryParse(target[2], out ushort port))
{
    Console.Error.WriteLine("usage: RunCommand USER@HOST:PORT KEY_FILE (KNOWN_HOSTS_FILE | SHA256:FINGERPRINT) COMMAND...");
    return 2;
}

(string user, string host) = (target[0], target[1]);
try
{
    using PrivateKey key = PrivateKey.Load(args[1]);
    var options = new SshClientOptions { VerifyHostKey = (hostKey, _) => ValueTask.FromResult(IsTrusted(hostKey)) };
    await using SshClient client = await SshClient.ConnectAsync(host, port, user, [key], options);
    await using SshSession session = await client.OpenSessionAsync();
    if (!await session.ExecuteAsync(string.Join(' ', args[3..]))) throw new IOException("the server does not run commands");
    await session.Channel.SendEofAsync();
    using Stream output = Console.OpenStandardOutput(), error = Console.OpenStandardError();
    await Task.WhenAll(session.Channel.AsStream().CopyToAsync(output), session.Channel.AsStream(extended: true).CopyToAsync(error));
    ExitStatus status = await session.Exited;
    if (status.Signal is { } signal) Console.Error.WriteLine($"RunCommand: ended by signal {signal.Name}");
    return (int)(status.Code ?? 255);
}
catch (Exception e) when (e is IOException or SocketException or SshProtocolException or SshAuthenticationException or SshChannelException
    or KeyFileException or OperationCanceledException)
{
    Console.Error.WriteLine($"RunCommand: {e.Message}");
    return 255;
}

bool IsTrusted(PublicKey hostKey)
{
    if (args[2].StartsWith("SHA256:", StringComparison.Ordinal)) return hostKey.Fingerprint == args[2];
    return KnownHosts.Parse(args[2], File.ReadAllBytes(args[2])).Check(host, port, hostKey).Status == HostKeyStatus.Trusted;
}
