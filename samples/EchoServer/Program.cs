// A minimal SSH server on the loopback interface: an echo shell, and commands that are echoed, or run with --allow-exec.
//   dotnet run --project samples/EchoServer -- --port 2200 --authorized-keys ~/.ssh/id_ed25519.pub [--host-key FILE] [--allow-exec]
using System.Net;
using System.Net.Sockets;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Samples.EchoServer;

if (!TryReadArguments(args, out int port, out string keyFile, out string? hostKeyFile, out bool allowExec))
{
    Console.Error.WriteLine("usage: EchoServer --port PORT --authorized-keys FILE [--host-key FILE] [--allow-exec]");
    Console.Error.WriteLine("  port 0 chooses a free port; without --host-key a key is made for this run; --allow-exec runs commands as the current user");
    return 2;
}

try
{
    PublicKey[] keys = [.. AuthorizedKeys.Parse(File.ReadAllBytes(keyFile)).Select(entry => entry.Key)];
    using PrivateKey hostKey = hostKeyFile is null ? PrivateKey.GenerateEd25519() : PrivateKey.Load(hostKeyFile);
    var server = new SshServer(new SshServerOptions
    {
        HostKeys = [hostKey],
        Users = new AuthorizedKeySet(keys),
        Sessions = _ => allowExec ? new CommandSession() : new EchoSession(),
        ConnectionFailed = e => Console.Error.WriteLine($"connection failed: {e.Message}"),
    });
    using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
    listener.Listen();
    Console.WriteLine($"listening on {listener.LocalEndPoint}, host key {hostKey.PublicKey.Fingerprint}, {keys.Length} authorized keys");
    await server.RunAsync(listener);
    return 0;
}
catch (Exception e) when (e is IOException or KeyFileException or UnauthorizedAccessException or SocketException)
{
    Console.Error.WriteLine($"EchoServer: {e.Message}");
    return 1;
}

static bool TryReadArguments(string[] args, out int port, out string keyFile, out string? hostKeyFile, out bool allowExec)
{
    (port, keyFile, hostKeyFile, allowExec) = (-1, "", null, false);
    for (int i = 0; i < args.Length; i++)
    {
        string value = i + 1 < args.Length ? args[i + 1] : "";
        if (args[i] == "--allow-exec") allowExec = true;
        else if (value.Length == 0) return false;
        else if (args[i] == "--port" && ushort.TryParse(value, out ushort number)) port = number;
        else if (args[i] == "--authorized-keys") keyFile = value;
        else if (args[i] == "--host-key") hostKeyFile = value;
        else return false;
        if (args[i] != "--allow-exec") i++;
    }

    return port >= 0 && keyFile.Length > 0;
}
