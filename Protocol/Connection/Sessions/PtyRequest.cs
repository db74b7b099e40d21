using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection.Sessions;

/// <summary>Size of a terminal: in characters, and in pixels (0 where they are not known).</summary>
public readonly record struct WindowSize(uint Columns, uint Rows, uint WidthPixels = 0, uint HeightPixels = 0)
{
    internal static WindowSize Read(ref SshReader reader) => new(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());

    internal byte[] Encode()
    {
        using var writer = new SshWriter(stackalloc byte[16]);
        writer.WriteUInt32(Columns);
        writer.WriteUInt32(Rows);
        writer.WriteUInt32(WidthPixels);
        writer.WriteUInt32(HeightPixels);
        return writer.ToArray();
    }
}

/// <summary>A pseudo-terminal as asked for by pty-req (RFC 4254 §6.2).</summary>
/// <param name="Terminal">Value of TERM.</param>
/// <param name="Size">Size of the terminal.</param>
/// <param name="Modes">Encoded terminal modes (RFC 4254 §8), as sent; empty: none.</param>
public sealed record PtyRequest(string Terminal, WindowSize Size, ReadOnlyMemory<byte> Modes = default)
{
    internal const string RequestName = "pty-req";
    private const byte EndOfModes = 0;

    internal static PtyRequest Read(ReadOnlySpan<byte> data)
    {
        // string TERM, uint32 columns, uint32 rows, uint32 width, uint32 height in pixels, string encoded terminal modes
        var reader = new SshReader(data);
        string terminal = reader.ReadAscii(256);
        WindowSize size = WindowSize.Read(ref reader);
        byte[] modes = reader.ReadString(64 * 1024).ToArray();
        reader.ExpectEnd();
        return new PtyRequest(terminal, size, modes);
    }

    internal byte[] Encode()
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteString(Terminal);
        writer.WriteBytes(Size.Encode());
        writer.WriteString(Modes.IsEmpty ? [EndOfModes] : Modes.Span);
        return writer.ToArray();
    }
}
