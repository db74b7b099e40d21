using System.Buffers.Binary;
using System.Net.Sockets;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>
/// An ssh-agent whose keys are security keys in software: with it a stock client logs in with a key of a device that nobody
/// has to touch.
/// </summary>
internal sealed class SecurityKeyAgent : IAsyncDisposable
{
    private readonly IReadOnlyList<SoftwareAuthenticator> _keys;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _accepting;

    public SecurityKeyAgent(string socketPath, IReadOnlyList<SoftwareAuthenticator> keys)
    {
        _keys = keys;
        SocketPath = socketPath;
        _listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        _listener.Listen();
        _accepting = Task.Run(AcceptAsync);
    }

    public string SocketPath { get; }

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
                Socket socket = await _listener.AcceptAsync();
                served.Add(Task.Run(() => ServeAsync(socket)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        byte[] header = new byte[4];
        while (await stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false) == 4)
        {
            byte[] request = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
            await stream.ReadExactlyAsync(request);
            byte[] answer = Answer(request);
            BinaryPrimitives.WriteInt32BigEndian(header, answer.Length);
            await stream.WriteAsync((byte[])[.. header, .. answer]);
        }
    }

    private byte[] Answer(byte[] request)
    {
        using var writer = new SshWriter(new byte[1024]);
        if (request[0] == AgentMessage.RequestIdentities)
        {
            writer.WriteByte(AgentMessage.IdentitiesAnswer);
            writer.WriteUInt32((uint)_keys.Count);
            foreach (SoftwareAuthenticator key in _keys)
            {
                writer.WriteString(key.PublicKey.Blob.Span);
                writer.WriteString("in software");
            }

            return writer.ToArray();
        }

        if (request[0] != AgentMessage.SignRequest) return [AgentMessage.Failure];
        var reader = new SshReader(request.AsSpan(1));
        PublicKey asked = PublicKey.Parse(reader.ReadString());
        if (asked is Certificate certificate) asked = certificate.Key;
        byte[] data = reader.ReadString().ToArray();
        if (_keys.FirstOrDefault(key => key.PublicKey.Equals(asked)) is not { } signer) return [AgentMessage.Failure];
        lock (signer)
        {
            writer.WriteByte(AgentMessage.SignResponse);
            writer.WriteString(signer.SignAsync(asked.KeyType, data, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        }

        return writer.ToArray();
    }
}
