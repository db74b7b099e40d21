using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Agent;

/// <summary>
/// Talks to an ssh-agent over a stream: its socket, or a forwarded channel. Requests are made one after the other. When one
/// is cancelled or fails midway the stream is out of step and later requests fail.
/// </summary>
public sealed class AgentClient : IAsyncDisposable
{
    public const int MaxMessageSize = 256 * 1024;
    private const int MaxIdentities = 2048;
    private readonly Stream _stream;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _broken;

    /// <param name="stream">Owned from now on.</param>
    public AgentClient(Stream stream) => _stream = stream;

    /// <summary>Connects to an agent's Unix socket (<c>SSH_AUTH_SOCK</c>).</summary>
    /// <exception cref="AgentException">Nothing listens there.</exception>
    public static async ValueTask<AgentClient> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return new AgentClient(new NetworkStream(socket, ownsSocket: true));
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException or ArgumentException) throw new AgentException($"cannot connect to the agent at {socketPath}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>The keys the agent offers; those of types that are not known here are left out.</summary>
    public async ValueTask<IReadOnlyList<AgentIdentity>> ListAsync(CancellationToken cancellationToken) =>
        ReadIdentities(await ExchangeAsync([AgentMessage.RequestIdentities], cancellationToken));

    /// <summary>Has the agent sign; returns the signature blob. The algorithm may be that of a certificate.</summary>
    /// <exception cref="AgentException">The agent refuses, or signed with another algorithm.</exception>
    public async ValueTask<byte[]> SignAsync(PublicKey key, string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        string plain = KeyTypes.PlainName(algorithm);
        byte[] signature = ReadSignature(await ExchangeAsync(WriteSignRequest(key, plain, data.Span), cancellationToken));
        if (SignatureBlob.TryReadWithTrailer(signature, plain, out _, out _)) return signature;
        throw new AgentException($"the agent did not sign with {plain}");
    }

    /// <summary>
    /// Tells the agent which session its next signatures are for (session-bind@openssh.com), so that keys confined to certain hosts can
    /// be used. False when the agent does not know the extension or refuses.
    /// </summary>
    /// <param name="hostKey">The host key of the session's server.</param>
    /// <param name="signature">The server's signature over the session identifier, from the key exchange.</param>
    /// <param name="isForwarding">The agent is about to be forwarded over this session.</param>
    public async ValueTask<bool> BindSessionAsync(
        PublicKey hostKey, ReadOnlyMemory<byte> sessionId, ReadOnlyMemory<byte> signature, bool isForwarding, CancellationToken cancellationToken)
    {
        byte[] answer = await ExchangeAsync(WriteSessionBind(hostKey, sessionId.Span, signature.Span, isForwarding), cancellationToken);
        return answer[0] == AgentMessage.Success;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _turn.Dispose();
    }

    private static byte[] WriteSignRequest(PublicKey key, string algorithm, ReadOnlySpan<byte> data)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteByte(AgentMessage.SignRequest);
        writer.WriteString(key.Blob.Span);
        writer.WriteString(data);
        writer.WriteUInt32(algorithm switch
        {
            KeyTypes.RsaSha256 => AgentMessage.RsaSha256Flag,
            KeyTypes.RsaSha512 => AgentMessage.RsaSha512Flag,
            _ => 0,
        });
        return writer.ToArray();
    }

    private static byte[] WriteSessionBind(PublicKey hostKey, ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> signature, bool isForwarding)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteByte(AgentMessage.Extension);
        writer.WriteString(AgentMessage.SessionBind);
        writer.WriteString(hostKey.Blob.Span);
        writer.WriteString(sessionId);
        writer.WriteString(signature);
        writer.WriteBoolean(isForwarding);
        return writer.ToArray();
    }

    private static List<AgentIdentity> ReadIdentities(byte[] answer)
    {
        try
        {
            var reader = new SshReader(answer);
            if (reader.ReadByte() != AgentMessage.IdentitiesAnswer) throw new AgentException("the agent refuses to list its keys");
            uint count = reader.ReadUInt32();
            if (count > MaxIdentities) throw new AgentException("the agent lists too many keys");
            var identities = new List<AgentIdentity>();
            for (uint i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> blob = reader.ReadString();
                string comment = Encoding.UTF8.GetString(reader.ReadString());
                if (PublicKey.TryParse(blob, out PublicKey? key)) identities.Add(new AgentIdentity(key, comment));
            }

            reader.ExpectEnd();
            return identities;
        }
        catch (SshProtocolException e)
        {
            throw new AgentException("the agent's answer is malformed: " + e.Message, e);
        }
    }

    private static byte[] ReadSignature(byte[] answer)
    {
        try
        {
            var reader = new SshReader(answer);
            if (reader.ReadByte() != AgentMessage.SignResponse) throw new AgentException("the agent refuses to sign");
            byte[] signature = reader.ReadString().ToArray();
            reader.ExpectEnd();
            return signature;
        }
        catch (SshProtocolException e)
        {
            throw new AgentException("the agent's answer is malformed: " + e.Message, e);
        }
    }

    private async ValueTask<byte[]> ExchangeAsync(byte[] request, CancellationToken cancellationToken)
    {
        if (request.Length > MaxMessageSize) throw new AgentException("the request is too large for an agent");
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_broken) throw new AgentException("an earlier request to the agent was cut off");
            _broken = true;
            byte[] answer = await SendAndReceiveAsync(request, cancellationToken);
            _broken = false;
            return answer;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new AgentException("the connection to the agent ended: " + e.Message, e);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<byte[]> SendAndReceiveAsync(byte[] request, CancellationToken cancellationToken)
    {
        byte[] framed = new byte[4 + request.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed, request.Length);
        request.CopyTo(framed, 4);
        await _stream.WriteAsync(framed, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
        byte[] header = new byte[4];
        await _stream.ReadExactlyAsync(header, cancellationToken);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length is 0 or > MaxMessageSize) throw new AgentException("the agent's answer has an impossible length");
        byte[] answer = new byte[length];
        await _stream.ReadExactlyAsync(answer, cancellationToken);
        return answer;
    }
}
