using System.Buffers.Binary;
using System.Net.Sockets;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged;

/// <summary>The gateway's end of a command that the helper runs.</summary>
internal sealed class UserProcessClient(NetworkStream stream) : IUserProcess
{
    private readonly FrameChannel _channel = new(stream, stream);
    private UserStream _stream;
    private byte[] _output = [];
    private int _given;

    public int? ExitStatus { get; private set; }

    public async ValueTask<UserOutput> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty) throw new ArgumentException("no room for output", nameof(buffer));
        if (_given == _output.Length && (ExitStatus is not null || !await NextAsync(cancellationToken).ConfigureAwait(false))) return new UserOutput(UserStream.Output, 0);
        int count = Math.Min(buffer.Length, _output.Length - _given);
        _output.AsMemory(_given, count).CopyTo(buffer);
        _given += count;
        return new UserOutput(_stream, count);
    }

    public async ValueTask TerminateAsync()
    {
        try
        {
            await _channel.WriteAsync(HelperMessage.Terminate, default, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended, or the helper has, and the command with it.
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        Frame? next;
        try
        {
            next = await _channel.ReadAsync(FrameChannel.MaxReply, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or FrameException)
        {
            throw new PrivilegedHelperException("the helper is gone, and the command with it", e);
        }

        switch (next)
        {
            case { Type: HelperMessage.Output, Payload.Length: > 1 } output:
                _stream = output.Payload.Span[0] == (byte)UserStream.Error ? UserStream.Error : UserStream.Output;
                _output = output.Payload[1..].ToArray();
                _given = 0;
                return true;
            case { Type: HelperMessage.Exited, Payload.Length: 4 } exited:
                ExitStatus = BinaryPrimitives.ReadInt32BigEndian(exited.Payload.Span);
                return false;
            default:
                throw new PrivilegedHelperException("the helper closed the connection before the command ended");
        }
    }
}
