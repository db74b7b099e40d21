using System.Globalization;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>
/// A stream of bytes on the local disk, from what the collector has confirmed to what was recorded last. It lies in files of a few MiB, and
/// one that is confirmed as a whole is deleted. Safe for one writer beside one reader.
/// </summary>
internal sealed class Spool(string path) : IDisposable
{
    private const int PartSize = 4 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Part> _parts = [];
    private long _end;
    private long _confirmed;
    private bool _resumed;

    /// <summary>Takes up what an earlier process has left.</summary>
    /// <exception cref="IOException">The disk.</exception>
    public void Resume()
    {
        _resumed = true;
        string pattern = Path.GetFileName(path) + ".*";
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(path)!, pattern).Order(StringComparer.Ordinal))
        {
            if (!long.TryParse(Path.GetExtension(file.AsSpan())[1..], NumberStyles.None, CultureInfo.InvariantCulture, out long offset)) continue;
            // A hole would be one that was deleted by somebody else: what is behind it cannot be sent.
            if (_parts.Count > 0 && offset != _end) break;
            var part = new Part(path, offset, FileMode.Open);
            if (_parts.Count == 0) _confirmed = offset;
            _parts.Add(part);
            _end = offset + part.Length;
        }
    }

    /// <summary>Bytes recorded so far.</summary>
    public long End
    {
        get
        {
            lock (_lock) return _end;
        }
    }

    public long Confirmed
    {
        get
        {
            lock (_lock) return _confirmed;
        }
    }

    public bool IsConfirmed
    {
        get
        {
            lock (_lock) return _confirmed == _end;
        }
    }

    /// <summary>Where the first byte that can still be read is.</summary>
    public long Start
    {
        get
        {
            lock (_lock) return _parts.Count == 0 ? _end : _parts[0].Offset;
        }
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            while (!bytes.IsEmpty)
            {
                if (_parts.Count == 0 || _parts[^1].Length >= PartSize) _parts.Add(new Part(path, _end, FileMode.Create));
                Part part = _parts[^1];
                ReadOnlySpan<byte> piece = bytes[..(int)Math.Min(bytes.Length, PartSize - part.Length)];
                RandomAccess.Write(part.File.SafeFileHandle, piece, part.Length);
                part.Length += piece.Length;
                _end += piece.Length;
                bytes = bytes[piece.Length..];
            }
        }
    }

    /// <summary>Bytes from a position on, which must not be confirmed yet; 0 at the end.</summary>
    public int Read(long position, Span<byte> buffer)
    {
        lock (_lock)
        {
            foreach (Part part in _parts)
            {
                if (position < part.Offset || position >= part.Offset + part.Length) continue;
                long at = position - part.Offset;
                return RandomAccess.Read(part.File.SafeFileHandle, buffer[..(int)Math.Min(buffer.Length, part.Length - at)], at);
            }

            return 0;
        }
    }

    /// <summary>Of an earlier process's spool nothing is left: the collector alone knows how long it was.</summary>
    public void SkipTo(long position)
    {
        lock (_lock)
        {
            if (_resumed && _parts.Count == 0 && position > _end) _end = _confirmed = position;
        }
    }

    /// <summary>The collector has everything up to here.</summary>
    /// <exception cref="InvalidDataException">It cannot have it.</exception>
    public void Confirm(long position)
    {
        lock (_lock)
        {
            if (position < 0 || position > _end) throw new InvalidDataException("the collector confirms what it was not sent");
            _confirmed = Math.Max(_confirmed, position);
            while (_parts.Count > 0 && _parts[0].Offset + _parts[0].Length <= _confirmed && (_parts.Count > 1 || _confirmed == _end))
            {
                _parts[0].Delete();
                _parts.RemoveAt(0);
            }
        }
    }

    /// <summary>What was not confirmed stays on the disk.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Part part in _parts) part.File.Dispose();
            _parts.Clear();
        }
    }

    private sealed class Part
    {
        private readonly string _path;

        public Part(string path, long offset, FileMode mode)
        {
            _path = $"{path}.{offset:D12}";
            Offset = offset;
            File = new FileStream(_path, new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = mode == FileMode.Create ? UnixFileMode.UserRead | UnixFileMode.UserWrite : null,
            });
            Length = File.Length;
        }

        public long Offset { get; }

        public long Length { get; set; }

        public FileStream File { get; }

        public void Delete()
        {
            File.Dispose();
            System.IO.File.Delete(_path);
        }
    }
}
