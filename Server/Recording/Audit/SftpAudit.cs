using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SshGateway.Server.Recording.Audit;

/// <summary>
/// Reads an sftp session along (version 3, which everybody speaks): what is opened, read, written, renamed, removed, made and changed, with
/// its result. It only looks: a session that is no sftp, or has too much open at once, is no longer followed, and goes on.
/// </summary>
internal sealed class SftpAudit
{
    /// <summary>Requests without an answer, and files open at once, that are followed.</summary>
    private const int Most = 4096;

    private readonly AuditLog _log;
    private readonly Lock _lock = new();
    private readonly SftpPackets _client;
    private readonly SftpPackets _server;
    private readonly Dictionary<uint, Pending> _pending = [];
    private readonly Dictionary<string, SftpFile> _open = new(StringComparer.Ordinal);
    private bool _ended;

    public SftpAudit(AuditLog log)
    {
        _log = log;
        _client = new SftpPackets(Request);
        _server = new SftpPackets(Reply);
    }

    public void FromClient(ReadOnlySpan<byte> data) => Accept(_client, data);

    public void FromServer(ReadOnlySpan<byte> data) => Accept(_server, data);

    /// <summary>The channel is closed: what is still open was not closed by the client.</summary>
    public void End()
    {
        lock (_lock)
        {
            foreach (SftpFile file in _open.Values.Where(file => !file.IsFolder)) _log.Transferred(file, "not closed");
            _open.Clear();
            _pending.Clear();
            _ended = true;
        }
    }

    private void Accept(SftpPackets packets, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_ended) return;
            try
            {
                packets.Accept(data);
            }
            catch (InvalidDataException e)
            {
                _ended = true;
                _log.Ended(e.Message);
            }
        }
    }

    private void Request(byte type, ReadOnlySpan<byte> body, uint length)
    {
        if (type == SftpMessage.Init) return;
        var fields = new SftpFields(body);
        uint id = fields.UInt32();
        Pending pending = type switch
        {
            SftpMessage.Open => new Pending(type, fields.Text()),
            SftpMessage.OpenDirectory => new Pending(type, fields.Text()),
            SftpMessage.Close => new Pending(type, "", Find(fields.Handle()), fields.LastHandle),
            SftpMessage.Read => new Pending(type, "", Find(fields.Handle())),
            SftpMessage.Write => Writing(ref fields),
            SftpMessage.SetStat => new Pending(type, $"setstat {fields.Text()}"),
            SftpMessage.SetStatOfHandle => new Pending(type, $"setstat {Find(fields.Handle())?.Path ?? "?"}"),
            SftpMessage.Remove => new Pending(type, $"remove {fields.Text()}"),
            SftpMessage.MakeDirectory => new Pending(type, $"mkdir {fields.Text()}"),
            SftpMessage.RemoveDirectory => new Pending(type, $"rmdir {fields.Text()}"),
            SftpMessage.Rename => new Pending(type, $"rename {fields.Text()} to {fields.Text()}"),
            SftpMessage.MakeLink => new Pending(type, $"symlink {fields.Text()} and {fields.Text()}"),
            SftpMessage.Extended => Extended(ref fields),
            _ => default,
        };
        if (pending.Type == 0) return;
        if (_pending.Count >= Most || _open.Count >= Most) throw new InvalidDataException("too many requests are unanswered, or too many files open");
        _pending[id] = pending;
    }

    private Pending Writing(ref SftpFields fields)
    {
        SftpFile? file = Find(fields.Handle());
        fields.Skip(8);
        return new Pending(SftpMessage.Write, "", file, Length: fields.UInt32());
    }

    private static Pending Extended(ref SftpFields fields)
    {
        string name = fields.Text();
        return name switch
        {
            "posix-rename@openssh.com" => new Pending(SftpMessage.Extended, $"rename {fields.Text()} to {fields.Text()}"),
            "hardlink@openssh.com" => new Pending(SftpMessage.Extended, $"hardlink {fields.Text()} as {fields.Text()}"),
            "lsetstat@openssh.com" => new Pending(SftpMessage.Extended, $"setstat {fields.Text()}"),
            "copy-data" => new Pending(SftpMessage.Extended, "copy-data between two open files"),
            _ => default,
        };
    }

    private void Reply(byte type, ReadOnlySpan<byte> body, uint length)
    {
        if (type == SftpMessage.Version) return;
        var fields = new SftpFields(body);
        if (!_pending.Remove(fields.UInt32(), out Pending pending)) return;
        switch (type)
        {
            case SftpMessage.HandleReply:
                _open[fields.Handle()] = new SftpFile(pending.Text, pending.Type == SftpMessage.OpenDirectory);
                break;
            case SftpMessage.DataReply when pending.File is { } file:
                // uint32 id, string data
                file.BytesRead += fields.UInt32();
                break;
            case SftpMessage.StatusReply:
                Settle(pending, fields.UInt32());
                break;
        }
    }

    private void Settle(Pending pending, uint status)
    {
        string result = SftpMessage.StatusText(status);
        switch (pending.Type)
        {
            case SftpMessage.Open or SftpMessage.OpenDirectory:
                _log.Done($"open {pending.Text}", result);
                break;
            case SftpMessage.Write when status == SftpMessage.Ok:
                if (pending.File is not null) pending.File.BytesWritten += pending.Length;
                break;
            case SftpMessage.Read or SftpMessage.Write:
                if (pending.File is not null && status != SftpMessage.EndOfFile) pending.File.Error ??= result;
                break;
            case SftpMessage.Close:
                if (pending.File is null || !_open.Remove(pending.Handle!)) break;
                if (!pending.File.IsFolder) _log.Transferred(pending.File, pending.File.Error ?? result);
                break;
            default:
                _log.Done(pending.Text, result);
                break;
        }
    }

    private SftpFile? Find(string handle) => _open.GetValueOrDefault(handle);

    private readonly record struct Pending(byte Type, string Text, SftpFile? File = null, string? Handle = null, uint Length = 0);

    /// <summary>Fields of a packet; one that is too short holds empty ones at its end.</summary>
    private ref struct SftpFields(ReadOnlySpan<byte> body)
    {
        private ReadOnlySpan<byte> _rest = body;

        /// <summary>What <see cref="Handle"/> returned last.</summary>
        public string LastHandle { get; private set; } = "";

        public uint UInt32()
        {
            if (_rest.Length < 4) throw new InvalidDataException("a packet is too short");
            uint value = BinaryPrimitives.ReadUInt32BigEndian(_rest);
            _rest = _rest[4..];
            return value;
        }

        public string Text() => Encoding.UTF8.GetString(Bytes());

        /// <summary>A handle is any bytes; as text of one character a byte it can be looked up.</summary>
        public string Handle() => LastHandle = Encoding.Latin1.GetString(Bytes());

        public void Skip(int count)
        {
            if (_rest.Length < count) throw new InvalidDataException("a packet is too short");
            _rest = _rest[count..];
        }

        private ReadOnlySpan<byte> Bytes()
        {
            uint length = UInt32();
            if (length > (uint)_rest.Length) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"a text of {length} bytes in {_rest.Length}"));
            ReadOnlySpan<byte> bytes = _rest[..(int)length];
            _rest = _rest[(int)length..];
            return bytes;
        }
    }
}
