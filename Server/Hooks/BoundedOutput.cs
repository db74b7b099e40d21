using System.Buffers;
using System.Text;

namespace SshGateway.Server.Hooks;

/// <summary>Keeps the beginning of a program's output, and says so where the rest is missing.</summary>
internal sealed class BoundedOutput(int most)
{
    private readonly ArrayBufferWriter<byte> _kept = new();
    private bool _cut;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        int room = most - _kept.WrittenCount;
        if (bytes.Length > room)
        {
            _cut = true;
            bytes = bytes[..Math.Max(room, 0)];
        }

        _kept.Write(bytes);
    }

    /// <summary>A line of the gateway's own, whatever is kept already.</summary>
    public void AddLine(string text) => _kept.Write(Encoding.UTF8.GetBytes((_kept.WrittenCount > 0 ? "\n" : "") + text + "\n"));

    public byte[] ToArray()
    {
        if (_cut) AddLine("sshgateway: the rest of the output is not shown");
        _cut = false;
        return _kept.WrittenSpan.ToArray();
    }
}
