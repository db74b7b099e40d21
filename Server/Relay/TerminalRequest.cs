using System.Text;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>Reads pty-req and window-change (RFC 4254 §6.2, §6.7) where they pass; a malformed one is the destination's to judge.</summary>
internal static class TerminalRequest
{
    private const int SizeLength = 16;
    private const int MaxName = 256;

    /// <summary>string TERM, uint32 columns, uint32 rows, uint32 width, uint32 height, string modes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out string terminal, out WindowSize size)
    {
        terminal = "";
        size = default;
        if (data.Length < 4 + SizeLength) return false;
        var reader = new SshReader(data);
        uint length = reader.ReadUInt32();
        if (length > MaxName || length > data.Length - 4 - SizeLength) return false;
        terminal = Encoding.Latin1.GetString(reader.ReadBytes((int)length));
        return TryReadSize(data[(4 + (int)length)..], out size);
    }

    /// <summary>uint32 columns, uint32 rows, uint32 width, uint32 height.</summary>
    public static bool TryReadSize(ReadOnlySpan<byte> data, out WindowSize size)
    {
        size = default;
        if (data.Length < SizeLength) return false;
        var reader = new SshReader(data);
        size = new WindowSize(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        return true;
    }
}
