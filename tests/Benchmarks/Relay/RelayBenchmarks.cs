using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Benchmarks.Relay;

/// <summary>
/// What one packet costs between the sockets: opened in the receive buffer, channel number rewritten, sealed for the other leg. The
/// sealing by the sender, without which there would be nothing to open, is part of the figure; <see cref="Seal"/> shows it alone.
/// </summary>
public class RelayBenchmarks : IDisposable
{
    private const int Batch = 64;
    private readonly LoopStream _wire = new();
    private PacketWriter? _sender;
    private PacketReader? _reader;
    private PacketWriter? _target;
    private byte[] _message = [];

    [Params("aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr")]
    public string Cipher { get; set; } = "";

    [Params(64, 1024, 32768)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _sender = new PacketWriter(_wire);
        _reader = new PacketReader(_wire);
        _target = new PacketWriter(Stream.Null);
        _sender.WriteNewKeys(Sealer(), resetSequenceNumber: true, []);
        _target.WriteNewKeys(Sealer(), resetSequenceNumber: true, []);
        _wire.Clear();
        _reader.ChangeKeys(Opener(), resetSequenceNumber: true);
        _reader.MaxPacketLength = PacketReader.MaxLengthAfterAuthentication;
        _message = new byte[9 + Size];
        _message[0] = (byte)MessageId.ChannelData;
        BinaryPrimitives.WriteInt32BigEndian(_message.AsSpan(5), Size);
        Drain(_sender);
        _wire.Clear();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sender?.Dispose();
        _reader?.Dispose();
        _target?.Dispose();
        _wire.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Seal()
    {
        for (int i = 0; i < Batch; i++) _target!.Write(_message);
        Drain(_target!);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int SealOpenForward()
    {
        for (int i = 0; i < Batch; i++) _sender!.Write(_message);
        Drain(_sender!);
        int packets = 0;
        while (packets < Batch)
        {
            while (_reader!.TryRead(out PacketView packet))
            {
                BinaryPrimitives.WriteUInt32BigEndian(packet.Payload[1..], 7);
                _target!.Forward(packet);
                packets++;
            }

            Drain(_target!);
            if (packets < Batch && !_reader.FillAsync().AsTask().GetAwaiter().GetResult()) throw new InvalidOperationException("the wire ran dry");
        }

        _wire.Clear();
        return packets;
    }

    private static void Drain(PacketWriter writer)
    {
        ValueTask flush = writer.FlushAsync();
        if (!flush.IsCompletedSuccessfully) throw new InvalidOperationException("a memory stream waited");
    }

    private PacketSealer Sealer()
    {
        (CipherAlgorithm cipher, MacAlgorithm? mac) = Algorithms();
        return CipherCatalog.CreateSealer(cipher, mac, new byte[cipher.KeyLength], new byte[cipher.IvLength], new byte[mac?.KeyLength ?? 0]);
    }

    private PacketOpener Opener()
    {
        (CipherAlgorithm cipher, MacAlgorithm? mac) = Algorithms();
        return CipherCatalog.CreateOpener(cipher, mac, new byte[cipher.KeyLength], new byte[cipher.IvLength], new byte[mac?.KeyLength ?? 0]);
    }

    private (CipherAlgorithm Cipher, MacAlgorithm? Mac) Algorithms()
    {
        if (!CipherCatalog.TryGetCipher(Cipher, out CipherAlgorithm? cipher)) throw new InvalidOperationException(Cipher);
        if (cipher.IsAead) return (cipher, null);
        return CipherCatalog.TryGetMac("hmac-sha2-256-etm@openssh.com", out MacAlgorithm? mac) ? (cipher, mac) : throw new InvalidOperationException("MAC");
    }

    /// <summary>What is written can be read once; clearing it makes room without allocating.</summary>
    private sealed class LoopStream : MemoryStream
    {
        private long _read;

        public void Clear()
        {
            SetLength(0);
            _read = 0;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Min(buffer.Length, Length - _read);
            GetBuffer().AsSpan((int)_read, count).CopyTo(buffer.Span);
            _read += count;
            return ValueTask.FromResult(count);
        }
    }
}
