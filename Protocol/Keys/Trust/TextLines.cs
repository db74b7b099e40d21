namespace SshGateway.Protocol.Keys.Trust;

/// <summary>Walks the lines of a file's bytes without copying; blank lines and comments are left out.</summary>
internal ref struct TextLines
{
    private ReadOnlySpan<byte> _rest;

    public TextLines(ReadOnlySpan<byte> file) => _rest = file;

    /// <summary>Number of the line last returned, from 1.</summary>
    public int Number { get; private set; }

    public bool Next(out ReadOnlySpan<byte> line)
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)'\n');
            line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            Number++;
            line = line.TrimStart(" \t"u8).TrimEnd(" \t\r"u8);
            if (!line.IsEmpty && line[0] != '#') return true;
        }

        line = default;
        return false;
    }
}
