using System.Net;
using System.Text;
using SshGateway.Storage.Recordings;

namespace SshGateway.Storage.Tests.Recordings;

/// <summary>Dumps for tests, in one expression.</summary>
internal sealed class DumpBytes
{
    public const ulong StartNs = 1_790_000_000_123_456_789;

    private readonly List<byte> _bytes = [];

    public DumpBytes(string user = "alice", string command = "")
        : this(Header(user, command))
    {
    }

    public DumpBytes(DumpHeader header) => _bytes.AddRange(header.Encode());

    public static DumpHeader Header(string user = "alice", string command = "") => new()
    {
        Source = IPEndPoint.Parse("192.0.2.7:50000"),
        Destination = IPEndPoint.Parse("198.51.100.1:22"),
        StartNs = StartNs,
        User = Encoding.UTF8.GetBytes(user),
        Command = Encoding.UTF8.GetBytes(command),
    };

    public DumpBytes Add(double seconds, DumpDescriptor descriptor, string data) => Add(seconds, descriptor, Encoding.UTF8.GetBytes(data));

    public DumpBytes Output(double seconds, string data) => Add(seconds, DumpDescriptor.Output, data);

    public DumpBytes Add(double seconds, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        AddHead(seconds, (byte)descriptor, (uint)data.Length);
        _bytes.AddRange(data);
        return this;
    }

    public DumpBytes AddHead(double seconds, byte descriptor, uint size)
    {
        Span<byte> head = stackalloc byte[DumpRecord.HeadSize];
        DumpRecord.WriteHead(head, (ulong)((long)StartNs + (long)Math.Round(seconds * 1e9)), (DumpDescriptor)descriptor, size);
        _bytes.AddRange(head);
        return this;
    }

    public DumpBytes AddRaw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();

    public string ToFile(string folder, string name = "session.dump")
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, ToArray());
        return path;
    }
}
