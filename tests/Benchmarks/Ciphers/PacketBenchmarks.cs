using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using SshGateway.Protocol.Ciphers;

namespace SshGateway.Benchmarks.Ciphers;

/// <summary>One packet sealed, and one sealed and opened: an opener takes each packet once, so it cannot run alone.</summary>
public class PacketBenchmarks
{
    private PacketSealer? _sealer;
    private PacketSealer? _pairedSealer;
    private PacketOpener? _opener;
    private byte[] _frame = [];
    private byte[] _packet = [];
    private uint _sequenceNumber;

    /// <summary>Cipher and MAC, with a plus between them.</summary>
    [ParamsSource(nameof(Constructions))]
    public string Construction { get; set; } = "";

    /// <summary>Bytes of the encrypted part.</summary>
    [Params(64, 1024, 32768)]
    public int Size { get; set; }

    public static IEnumerable<string> Constructions()
    {
        foreach (string cipher in CipherCatalog.ClientCiphers)
        {
            if (CipherCatalog.TryGetCipher(cipher, out CipherAlgorithm? known) && known.IsAead) yield return cipher;
            else
            {
                foreach (string mac in CipherCatalog.ClientMacs) yield return cipher + "+" + mac;
            }
        }
    }

    [GlobalSetup]
    public void SetUp()
    {
        string[] names = Construction.Split('+');
        CipherCatalog.TryGetCipher(names[0], out CipherAlgorithm? cipher);
        MacAlgorithm? mac = null;
        if (names.Length > 1) CipherCatalog.TryGetMac(names[1], out mac);
        byte[] key = new byte[cipher!.KeyLength], iv = new byte[cipher.IvLength], macKey = new byte[mac?.KeyLength ?? 0];
        _sealer = CipherCatalog.CreateSealer(cipher, mac, key, iv, macKey);
        _pairedSealer = CipherCatalog.CreateSealer(cipher, mac, key, iv, macKey);
        _opener = CipherCatalog.CreateOpener(cipher, mac, key, iv, macKey);
        _frame = new byte[_sealer.LengthIsPadded ? Size : Size + 4];
        BinaryPrimitives.WriteInt32BigEndian(_frame, _frame.Length - 4);
        _packet = new byte[_frame.Length + _sealer.TagLength];
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _sealer?.Dispose();
        _pairedSealer?.Dispose();
        _opener?.Dispose();
    }

    [Benchmark]
    public void Seal() => _sealer!.Seal(1, _frame, _packet);

    [Benchmark]
    public bool SealAndOpen()
    {
        uint sequenceNumber = _sequenceNumber++;
        _pairedSealer!.Seal(sequenceNumber, _frame, _packet);
        _opener!.ReadLength(sequenceNumber, _packet.AsSpan(0, _opener.HeaderLength));
        return _opener.TryOpen(sequenceNumber, _packet) ? true : throw new InvalidOperationException("the packet was refused");
    }
}

/// <summary>What a key exchange pays for new keys: contexts made and freed.</summary>
public class CipherCreationBenchmarks
{
    private readonly byte[] _zeros = new byte[64];

    [ParamsSource(nameof(Constructions))]
    public string Construction { get; set; } = "";

    public static IEnumerable<string> Constructions() => PacketBenchmarks.Constructions();

    [Benchmark]
    public void CreateSealer()
    {
        string[] names = Construction.Split('+');
        CipherCatalog.TryGetCipher(names[0], out CipherAlgorithm? cipher);
        MacAlgorithm? mac = null;
        if (names.Length > 1) CipherCatalog.TryGetMac(names[1], out mac);
        CipherCatalog.CreateSealer(
            cipher!, mac, _zeros.AsSpan(0, cipher!.KeyLength), _zeros.AsSpan(0, cipher.IvLength), _zeros.AsSpan(0, mac?.KeyLength ?? 0)).Dispose();
    }
}
