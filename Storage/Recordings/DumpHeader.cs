using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SshGateway.Storage.Recordings;

/// <summary>
/// What stands once at the beginning of a dump. Big endian: u16 version, u16 size (from 0 to the first record), 16 bytes source
/// address (IPv4 mapped into IPv6), u16 source port, 16 bytes destination address, u16 destination port, u64 start, user NUL, command NUL.
/// </summary>
public sealed class DumpHeader
{
    /// <summary>The version this code reads and writes.</summary>
    public const int Version = 1;

    /// <summary>The header's size is a u16, so no header is longer.</summary>
    public const int MaximumSize = ushort.MaxValue;

    private const int PrefixSize = 4;
    private const int AddressSize = 16;
    private const int FixedSize = PrefixSize + AddressSize + 2 + AddressSize + 2 + 8;
    private const int MinimumSize = FixedSize + 2;

    /// <summary>The client's address.</summary>
    public required IPEndPoint Source { get; init; }

    /// <summary>The gateway's listening address.</summary>
    public required IPEndPoint Destination { get; init; }

    /// <summary>When the session began, in nanoseconds since 1970.</summary>
    public required ulong StartNs { get; init; }

    /// <summary>The user's name as bytes; usually UTF-8, but a file may hold anything.</summary>
    public required ReadOnlyMemory<byte> User { get; init; }

    /// <summary>The command as bytes; empty for a shell.</summary>
    public ReadOnlyMemory<byte> Command { get; init; }

    /// <summary>The user's name as text, not escaped: look out for control characters before it reaches a terminal or becomes a file name.</summary>
    public string UserText => Encoding.UTF8.GetString(User.Span);

    /// <summary>The command as text, not escaped.</summary>
    public string CommandText => Encoding.UTF8.GetString(Command.Span);

    /// <summary>The id of the session, see <see cref="Recordings.SessionId"/>.</summary>
    public string SessionId => Recordings.SessionId.Compute(User.Span, Source, StartNs);

    /// <summary>
    /// Reads a header from the first bytes of a dump. False when more bytes are needed: <paramref name="size"/> then says how
    /// many in all (at least), and otherwise how many the header took.
    /// </summary>
    /// <exception cref="DumpFormatException">The bytes are no header of version 1.</exception>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DumpHeader? header, out int size)
    {
        header = null;
        size = PrefixSize;
        if (bytes.Length < PrefixSize) return false;
        int version = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (version != Version) throw new DumpFormatException(0, $"not a recording of version {Version} (the version field is {version})");
        size = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (size < MinimumSize) throw new DumpFormatException(0, $"the header claims a size of {size} bytes, less than the {MinimumSize} it must have");
        if (bytes.Length < size) return false;
        header = Parse(bytes[..size]);
        return true;
    }

    /// <summary>The bytes of the header. What does not fit the u16 size is cut, the command first; a NUL inside a string becomes '?'.</summary>
    public byte[] Encode()
    {
        int room = MaximumSize - MinimumSize;
        ReadOnlySpan<byte> user = Cut(User.Span, room);
        ReadOnlySpan<byte> command = Cut(Command.Span, room - user.Length);
        byte[] bytes = new byte[MinimumSize + user.Length + command.Length];
        Span<byte> rest = bytes;
        BinaryPrimitives.WriteUInt16BigEndian(rest, Version);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)bytes.Length);
        rest = WriteEndPoint(rest[PrefixSize..], Source);
        rest = WriteEndPoint(rest, Destination);
        BinaryPrimitives.WriteUInt64BigEndian(rest, StartNs);
        rest = WriteText(rest[8..], user);
        WriteText(rest, command);
        return bytes;
    }

    private static DumpHeader Parse(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> texts = bytes[FixedSize..];
        int userEnd = texts.IndexOf((byte)0);
        if (userEnd < 0) throw new DumpFormatException(0, "the user's name in the header has no end");
        int commandEnd = texts[(userEnd + 1)..].IndexOf((byte)0);
        if (commandEnd < 0) throw new DumpFormatException(0, "the command in the header has no end");
        return new DumpHeader
        {
            Source = ReadEndPoint(bytes[PrefixSize..]),
            Destination = ReadEndPoint(bytes[(PrefixSize + AddressSize + 2)..]),
            StartNs = BinaryPrimitives.ReadUInt64BigEndian(bytes[(FixedSize - 8)..]),
            User = texts[..userEnd].ToArray(),
            Command = texts.Slice(userEnd + 1, commandEnd).ToArray(),
        };
    }

    private static IPEndPoint ReadEndPoint(ReadOnlySpan<byte> bytes)
    {
        var address = new IPAddress(bytes[..AddressSize]);
        return new IPEndPoint(
            address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address,
            BinaryPrimitives.ReadUInt16BigEndian(bytes[AddressSize..]));
    }

    private static Span<byte> WriteEndPoint(Span<byte> target, IPEndPoint endPoint)
    {
        IPAddress address = endPoint.Address;
        if (address.AddressFamily == AddressFamily.InterNetwork) address = address.MapToIPv6();
        address.TryWriteBytes(target, out _);
        BinaryPrimitives.WriteUInt16BigEndian(target[AddressSize..], (ushort)endPoint.Port);
        return target[(AddressSize + 2)..];
    }

    private static Span<byte> WriteText(Span<byte> target, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target);
        target[..text.Length].Replace((byte)0, (byte)'?');
        return target[(text.Length + 1)..];
    }

    /// <summary>At most <paramref name="room"/> bytes, and no half of a UTF-8 character at the end.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int room)
    {
        if (text.Length <= room) return text;
        int end = room;
        while (end > 0 && room - end < 3 && (text[end] & 0xC0) == 0x80) end--;
        return text[..end];
    }
}
