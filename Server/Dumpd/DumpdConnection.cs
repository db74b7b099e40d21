using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Recording.Collecting;
using SshGateway.Server.Recording.Places;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Dumpd;

/// <summary>
/// One sender. A sender of version 1 brings a dump as it is; one of version 2 is told what is there already, brings the rest in frames, and
/// is told what was written. Whatever came is written before more is read, so nothing that was buffered is ever lost.
/// </summary>
internal sealed class DumpdConnection(DumpdServer server, Socket socket) : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private static readonly TimeSpan HeaderPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _peer = socket.RemoteEndPoint?.ToString() ?? "?";
    private Stream _stream = Stream.Null;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private DumpdFiles? _files;

    /// <summary>The file that is written, once it is known.</summary>
    public string? Path { get; private set; }

    public Task Ended => _ended.Task;

    private Span<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    public void SetEnded() => _ended.TrySetResult();

    /// <summary>Ends it from outside; <see cref="Ended"/> follows.</summary>
    public void Abort() => socket.Dispose();

    public void Dispose()
    {
        _files?.Dispose();
        ReturnBuffer();
        _stream.Dispose();
        socket.Dispose();
    }

    /// <summary>Until the sender closes. Throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ReceiveAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException { InnerException: SocketException } or ObjectDisposedException or OperationCanceledException)
        {
            server.Log.SenderLost(_peer, Path ?? "-", e.Message);
        }
        catch (Exception e) when (e is DumpFormatException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            server.Log.SenderRefused(_peer, Path ?? "-", PeerText.Escape(e.Message));
        }
        finally
        {
            Dispose();
        }
    }

    private async Task ReceiveAsync()
    {
        _stream = new NetworkStream(socket);
        await BeginTlsAsync().ConfigureAwait(false);
        (DumpHeader header, byte[] bytes, bool version2) = await ReadHeaderAsync().ConfigureAwait(false);
        string user = header.UserText;
        if (!FileNames.IsName(user)) throw new InvalidDataException($"'{user}' is no name of a file");
        if (version2) await ReceiveFramesAsync(header, bytes).ConfigureAwait(false);
        else await ReceivePlainAsync(header, bytes).ConfigureAwait(false);
        server.Log.Received(_peer, Path!, _files!.DumpLength);
    }

    private async Task BeginTlsAsync()
    {
        if (server.Tls is null) return;
        using var patience = new CancellationTokenSource(HandshakePatience);
        _stream = await server.Tls.AcceptAsync(_stream, patience.Token).ConfigureAwait(false);
    }

    private async Task<(DumpHeader Header, byte[] Bytes, bool Version2)> ReadHeaderAsync()
    {
        using var patience = new CancellationTokenSource(HeaderPatience);
        while (true)
        {
            bool version2 = Buffered.Length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(Buffered) == CollectorProtocol.Version2;
            byte[] bytes = version2 ? CollectorProtocol.WithVersion(Buffered, DumpHeader.Version) : Buffered.ToArray();
            if (DumpHeader.TryParse(bytes, out DumpHeader? header, out int size))
            {
                _start += size;
                return (header, bytes[..size], version2);
            }

            if (!await FillAsync(patience.Token).ConfigureAwait(false)) throw new InvalidDataException("the sender left in the middle of the header");
        }
    }

    private async Task ReceivePlainAsync(DumpHeader header, byte[] bytes)
    {
        _files = DumpdFiles.Create(server.Folder, header);
        Path = _files.Path;
        _files.AppendDump(bytes);
        do
        {
            _files.AppendDump(Buffered);
            _start = _end;
        }
        while (await FillAsync(CancellationToken.None).ConfigureAwait(false));
    }

    private async Task ReceiveFramesAsync(DumpHeader header, byte[] bytes)
    {
        string path = DumpdFiles.PathOf(server.Folder, header);
        await server.TakeOverAsync(path, this).ConfigureAwait(false);
        Path = path;
        _files = DumpdFiles.Continue(path, bytes);
        await AnswerAsync().ConfigureAwait(false);
        bool more = true;
        while (more)
        {
            more = WriteFrames();
            await AnswerAsync().ConfigureAwait(false);
            if (more && !await FillAsync(CancellationToken.None).ConfigureAwait(false)) throw new InvalidDataException("the sender left before the end");
        }
    }

    /// <summary>Writes all whole frames; false after the one that ends the recording.</summary>
    private bool WriteFrames()
    {
        while (Buffered.Length >= CollectorProtocol.FrameHead)
        {
            byte kind = Buffered[0];
            int length = BinaryPrimitives.ReadInt32BigEndian(Buffered[1..]);
            if (length is < 0 or > CollectorProtocol.MaxFrame) throw new InvalidDataException($"a frame of {length} bytes");
            if (Buffered.Length < CollectorProtocol.FrameHead + length) return true;
            ReadOnlySpan<byte> data = Buffered.Slice(CollectorProtocol.FrameHead, length);
            switch (kind)
            {
                case CollectorProtocol.DumpFrame: _files!.AppendDump(data); break;
                case CollectorProtocol.SideFrame: _files!.AppendSide(data); break;
                case CollectorProtocol.EndFrame: return false;
                default: throw new InvalidDataException($"a frame of kind {kind}");
            }

            _start += CollectorProtocol.FrameHead + length;
        }

        return true;
    }

    private async Task AnswerAsync()
    {
        byte[] position = new byte[CollectorProtocol.PositionSize];
        CollectorProtocol.WritePosition(position, new CollectorPosition(_files!.DumpLength, _files.SideLength));
        await _stream.WriteAsync(position).ConfigureAwait(false);
    }

    /// <summary>Receives more behind what is buffered; false when the sender has closed. An idle sender holds no buffer.</summary>
    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            ReturnBuffer();
            _ = await _stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }

        _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
        Buffered.CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        int count = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    private void ReturnBuffer()
    {
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = null;
        _start = 0;
        _end = 0;
    }
}
