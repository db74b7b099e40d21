using System.Buffers;
using System.Net.Sockets;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>
/// Brings one recording to a collector. Written first to the spool, sent from there, and kept until the collector has confirmed it; when the
/// connection breaks, another goes on where the collector stands.
/// </summary>
internal sealed class CollectorLink : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    /// <summary>A collector that takes bytes, but slowly, holds the session up for so long before the recording counts as broken.</summary>
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(30);

    /// <summary>A collector that was killed while it was greeted must not count as an old one.</summary>
    private const int MostUnanswered = 4;

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    private readonly CollectorState _collector;
    private readonly long _spoolSize;
    private readonly RecordingServices _services;
    private readonly string _path;
    private readonly Spool _dump;
    private readonly Spool _side;
    private readonly SemaphoreSlim _more = new(0, 1);
    private readonly ManualResetEventSlim _room = new();
    private SpoolNote? _note;
    private bool _ended;
    private bool _connected;
    private bool _lost;
    private int _unanswered;

    public CollectorLink(CollectorState collector, string path, long spoolSize, RecordingServices services)
    {
        _collector = collector;
        _path = path;
        _spoolSize = spoolSize;
        _services = services;
        _dump = new Spool(path + ".dump");
        _side = new Spool(path + SideFile.Suffix);
    }

    /// <summary>Goes on with what another process has left; nothing more will be added.</summary>
    /// <exception cref="IOException">The disk.</exception>
    public void Resume(SpoolNote note)
    {
        _note = note;
        _dump.Resume();
        _side.Resume();
        _ended = true;
    }

    /// <summary>Bytes that the collector has not confirmed.</summary>
    public long Waiting => _dump.End - _dump.Confirmed + _side.End - _side.Confirmed;

    public bool IsDelivered => Volatile.Read(ref _ended) && _dump.IsConfirmed && _side.IsConfirmed;

    /// <summary>Adds bytes of the dump; the first call brings the header.</summary>
    /// <exception cref="IOException">The spool is full, or the disk.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _note ??= SpoolNote.Create(_path, _collector.Address, _collector.Tls, bytes.ToArray());
        WaitForRoom(bytes.Length);
        _dump.Append(bytes);
        Wake();
    }

    public void AppendSide(ReadOnlySpan<byte> bytes)
    {
        WaitForRoom(bytes.Length);
        _side.Append(bytes);
        Wake();
    }

    public void End()
    {
        Volatile.Write(ref _ended, true);
        Wake();
    }

    /// <summary>Runs until the collector has everything, or <paramref name="closing"/>.</summary>
    public async Task RunAsync(CancellationToken closing)
    {
        TimeSpan retry = FirstRetry;
        try
        {
            while (!IsDelivered)
            {
                try
                {
                    // Nothing can be sent before there is a header.
                    if (!HasHeader) await _more.WaitAsync(closing).ConfigureAwait(false);
                    if (!HasHeader && Volatile.Read(ref _ended)) break;
                    if (HasHeader) await ConnectAndSendAsync(() => retry = FirstRetry, closing).ConfigureAwait(false);
                }
                catch (Exception e) when (e is SocketException or IOException or InvalidDataException)
                {
                    if (Volatile.Read(ref _lost))
                    {
                        _services.Log.NotDelivered(_path, _collector.Address.ToString(), e.Message);
                        return;
                    }

                    if (_collector.Went()) _services.Log.CollectorAway(_collector.Address.ToString(), Path.GetDirectoryName(_path)!, e.Message);
                    await Task.Delay(retry, closing).ConfigureAwait(false);
                    retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, LastRetry.Ticks));
                }
            }
        }
        catch (OperationCanceledException)
        {
            if (!IsDelivered && HasHeader) _services.Log.NotDelivered(_path, _collector.Address.ToString(), "the gateway is stopping");
        }
        finally
        {
            if (IsDelivered) _note?.Delete();
            Dispose();
        }
    }

    public void Dispose()
    {
        _dump.Dispose();
        _side.Dispose();
        _note?.Dispose();
    }

    private bool HasHeader => Volatile.Read(ref _note) is not null;

    private void WaitForRoom(int bytes)
    {
        if (Volatile.Read(ref _lost)) throw new IOException($"collector {_collector.Address} has lost the beginning");
        DateTimeOffset deadline = _services.Time.GetUtcNow() + RoomPatience;
        while (Waiting + bytes > _spoolSize)
        {
            if (!Volatile.Read(ref _connected) || _services.Time.GetUtcNow() > deadline)
                throw new IOException($"collector {_collector.Address} is away, and recording.spool_size is used up");
            _room.Reset();
            if (Waiting + bytes > _spoolSize) _room.Wait(TimeSpan.FromSeconds(1));
        }
    }

    private void Wake()
    {
        try
        {
            if (_more.CurrentCount == 0) _more.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another has just woken it.
        }
    }

    private async Task ConnectAndSendAsync(Action connected, CancellationToken closing)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(closing);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_collector.Address.Endpoint.Host, _collector.Address.Endpoint.Port, broken.Token).ConfigureAwait(false);
        await using Stream stream = await WrapAsync(new NetworkStream(socket), broken.Token).ConfigureAwait(false);
        bool version2 = !_collector.SpeaksVersion1;
        CollectorPosition position = version2 ? await GreetAsync(stream, broken.Token).ConfigureAwait(false) : default;
        if (_collector.CameBack()) _services.Log.CollectorBack(_collector.Address.ToString());
        connected();
        Volatile.Write(ref _connected, true);
        try
        {
            if (version2) await SendFramesAsync(stream, position, broken).ConfigureAwait(false);
            else await SendPlainAsync(socket, stream, broken.Token).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _connected, false);
            _room.Set();
        }
    }

    private async Task<Stream> WrapAsync(NetworkStream plain, CancellationToken cancellationToken)
    {
        if (!_collector.Address.IsTls) return plain;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(AnswerPatience);
        try
        {
            return await _collector.Tls.ConnectAsync(plain, _collector.Address.Endpoint.Host, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("TLS: the collector did not answer", e);
        }
    }

    private async Task<CollectorPosition> GreetAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(CollectorProtocol.WithVersion(_note!.Header, CollectorProtocol.Version2), cancellationToken).ConfigureAwait(false);
        byte[] answer = await ReadAnswerAsync(stream, cancellationToken).ConfigureAwait(false);
        _collector.Answered();
        CollectorPosition position = CollectorProtocol.ReadPosition(answer);
        _dump.SkipTo(position.Dump);
        _side.SkipTo(position.Side);
        if (position.Dump < _dump.Start || position.Side < _side.Start) throw new InvalidDataException("the collector has lost what it had confirmed");
        Confirm(position);
        return position;
    }

    private async Task<byte[]> ReadAnswerAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[CollectorProtocol.PositionSize];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(AnswerPatience);
        try
        {
            await stream.ReadExactlyAsync(answer, patience.Token).ConfigureAwait(false);
            return answer;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // It did not like what it was told and said nothing: that is how collectors of version 1 are.
            if (++_unanswered == MostUnanswered && !_collector.Address.IsTls) _collector.SpeaksOnlyVersion1();
            throw new IOException("the collector did not answer", e);
        }
    }

    private async Task SendFramesAsync(Stream stream, CollectorPosition position, CancellationTokenSource broken)
    {
        Task confirming = ReadPositionsAsync(stream, broken.Token);
        Task sending = SendFramesAsync(stream, position, broken.Token);
        await Task.WhenAny(confirming, sending).ConfigureAwait(false);
        // The sender ends when all is sent; then the last position is waited for. Whatever else ends either ends both.
        if (!sending.IsCompletedSuccessfully) await broken.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(sending, confirming).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (confirming.Exception is not null)
        {
            await confirming.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (IsDelivered)
        {
            // The last position came before the sender had noticed its end.
        }
    }

    private async Task SendFramesAsync(Stream stream, CollectorPosition position, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CollectorProtocol.FrameHead + CollectorProtocol.MaxFrame);
        try
        {
            (long dump, long side) = (position.Dump, position.Side);
            while (true)
            {
                bool ended = Volatile.Read(ref _ended);
                int sent = await SendFrameAsync(stream, CollectorProtocol.SideFrame, _side, side, buffer, cancellationToken).ConfigureAwait(false);
                side += sent;
                int more = await SendFrameAsync(stream, CollectorProtocol.DumpFrame, _dump, dump, buffer, cancellationToken).ConfigureAwait(false);
                dump += more;
                if (sent + more > 0) continue;
                if (ended) break;
                await _more.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            CollectorProtocol.WriteFrameHead(buffer, CollectorProtocol.EndFrame, 0);
            await stream.WriteAsync(buffer.AsMemory(0, CollectorProtocol.FrameHead), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static async Task<int> SendFrameAsync(Stream stream, byte kind, Spool spool, long position, byte[] buffer, CancellationToken cancellationToken)
    {
        int count = spool.Read(position, buffer.AsSpan(CollectorProtocol.FrameHead, CollectorProtocol.MaxFrame));
        if (count == 0) return 0;
        CollectorProtocol.WriteFrameHead(buffer, kind, count);
        await stream.WriteAsync(buffer.AsMemory(0, CollectorProtocol.FrameHead + count), cancellationToken).ConfigureAwait(false);
        return count;
    }

    private async Task ReadPositionsAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] position = new byte[CollectorProtocol.PositionSize];
        while (!IsDelivered)
        {
            int read = await stream.ReadAtLeastAsync(position, position.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (read < position.Length) throw new IOException("the collector closed the connection");
            Confirm(CollectorProtocol.ReadPosition(position));
        }
    }

    private void Confirm(CollectorPosition position)
    {
        _dump.Confirm(position.Dump);
        _side.Confirm(position.Side);
        _room.Set();
    }

    /// <summary>
    /// Version 1 confirms nothing: all of it is kept until the collector has closed in its turn, and sent again if it did not. Only a recording
    /// that outgrows the spool is let go of while it is sent; then a collector that restarts has lost it.
    /// </summary>
    private async Task SendPlainAsync(Socket socket, Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CollectorProtocol.MaxFrame);
        try
        {
            Task<int> closed = stream.ReadAsync(new byte[1], cancellationToken).AsTask();
            long position = 0;
            if (_dump.Start > 0) Volatile.Write(ref _lost, true);
            if (_lost) throw new InvalidDataException("a collector of version 1 has lost the beginning");
            while (true)
            {
                bool ended = Volatile.Read(ref _ended);
                int count = _dump.Read(position, buffer.AsSpan(0, CollectorProtocol.MaxFrame));
                if (count > 0) await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                else if (ended) break;
                else if (await Task.WhenAny(closed, _more.WaitAsync(cancellationToken)).ConfigureAwait(false) == closed) throw new IOException("the collector closed the connection");
                position += count;
                if (Waiting > _spoolSize / 2) Confirm(new CollectorPosition(position, _side.End));
            }

            socket.Shutdown(SocketShutdown.Send);
            await closed.ConfigureAwait(false);
            // There is no place for the file beside the dump in version 1.
            Confirm(new CollectorPosition(position, _side.End));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
