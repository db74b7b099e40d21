using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>
/// A port on which each connection gets an <c>sshd -i</c> of its own with the options of the moment: no server is started, awaited
/// and ended for each row of a matrix.
/// </summary>
internal sealed class InetdServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IReadOnlyList<string> _command;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly Task _accepting;

    /// <param name="command">The program and its first arguments, which end with the configuration file.</param>
    public InetdServer(params IReadOnlyList<string> command)
    {
        _command = command;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    /// <summary>Lines of sshd_config for the connections that come from now on. They count before those of the file.</summary>
    public IReadOnlyList<string> Options { get; set; } = [];

    public IReadOnlyCollection<string> Log => _log;

    public string LogTail(int lines = 12) => string.Join('\n', _log.TakeLast(lines));

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync();
                IReadOnlyList<string> options = Options;
                served.Add(Task.Run(() => ServeAsync(socket, options)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served).WaitAsync(ChildProcess.DefaultTimeout);
        }
    }

    private async Task ServeAsync(Socket socket, IReadOnlyList<string> options)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        await using ChildProcess server = ChildProcess.Start(_command[0], [.. _command.Skip(1), .. options.SelectMany(line => (string[])["-o", line])]);
        Task logging = CollectAsync(server.Error);
        Task feeding = CopyAsync(stream, server.Input);
        await CopyAsync(server.Output, stream);
        await stream.DisposeAsync();
        await Task.WhenAll(feeding, logging);
    }

    private static async Task CopyAsync(Stream from, Stream to)
    {
        byte[] buffer = new byte[32768];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, count));
                await to.FlushAsync();
            }

            to.Close();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // One of the two is gone; the other copy ends too.
        }
    }

    private async Task CollectAsync(Stream error)
    {
        using var reader = new StreamReader(error, Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line) _log.Enqueue(line);
    }
}
