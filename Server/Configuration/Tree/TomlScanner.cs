namespace SshGateway.Server.Configuration.Tree;

/// <summary>The characters of a TOML text with their place; white space, comments and keys.</summary>
internal sealed class TomlScanner(string text, string file)
{
    public const char End = '\0';

    private int _line = 1;
    private int _lineStart;

    public int Position { get; private set; }

    public bool AtEnd => Position >= text.Length;

    /// <summary>The next character; <see cref="End"/> at the end (a NUL in the text is refused by whoever reads it).</summary>
    public char Peek => Position < text.Length ? text[Position] : End;

    public ConfigMark Mark => new(file, _line, Position - _lineStart + 1);

    public bool StartsWith(string token) => string.CompareOrdinal(text, Position, token, 0, token.Length) == 0;

    public ReadOnlySpan<char> From(int start) => text.AsSpan(start, Position - start);

    public char At(int offset) => Position + offset < text.Length ? text[Position + offset] : End;

    public char Take()
    {
        char c = text[Position++];
        if (c == '\n')
        {
            _line++;
            _lineStart = Position;
        }

        return c;
    }

    public void Skip(int count)
    {
        for (int i = 0; i < count; i++) Take();
    }

    public void Expect(char c)
    {
        if (AtEnd || Peek != c) throw Unexpected($"'{c}'");
        Take();
    }

    public void SkipBlanks()
    {
        while (!AtEnd && Peek is ' ' or '\t') Take();
    }

    /// <summary>Blanks, comments and line ends.</summary>
    public void SkipLines()
    {
        while (true)
        {
            SkipBlanks();
            if (!AtEnd && Peek == '#') SkipComment();
            if (!TrySkipLineEnd()) return;
        }
    }

    /// <summary>What may follow a key and value or a header: blanks, a comment, then the end of the line.</summary>
    public void EndLine()
    {
        SkipBlanks();
        if (!AtEnd && Peek == '#') SkipComment();
        if (!AtEnd && !TrySkipLineEnd()) throw Unexpected("the end of the line");
    }

    public bool TrySkipLineEnd()
    {
        if (AtEnd) return false;
        if (Peek == '\n')
        {
            Take();
            return true;
        }

        if (Peek != '\r' || At(1) != '\n') return false;
        Skip(2);
        return true;
    }

    /// <summary>A dotted key.</summary>
    public List<(string Name, ConfigMark Mark)> ReadKey()
    {
        List<(string, ConfigMark)> parts = [];
        while (true)
        {
            SkipBlanks();
            ConfigMark mark = Mark;
            parts.Add((ReadKeyPart(), mark));
            if (parts.Count > TomlTree.MaxDepth) throw Error($"a key of more than {TomlTree.MaxDepth} parts");
            SkipBlanks();
            if (AtEnd || Peek != '.') return parts;
            Take();
        }
    }

    public ConfigSyntaxException Error(string message) => new(Mark, message);

    public ConfigSyntaxException Unexpected(string expected)
    {
        string found = AtEnd ? "the end of the file" : Peek is '\n' or '\r' ? "the end of the line" : $"'{Shown.Text(Peek.ToString())}'";
        return Error($"{expected} is expected, not {found}");
    }

    private string ReadKeyPart()
    {
        if (!AtEnd && Peek == '"') return new TomlStrings(this).ReadBasic();
        if (!AtEnd && Peek == '\'') return new TomlStrings(this).ReadLiteral();
        int start = Position;
        while (!AtEnd && (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-')) Take();
        return Position > start ? From(start).ToString() : throw Unexpected("a key");
    }

    private void SkipComment()
    {
        while (!AtEnd && Peek is not '\n' && !(Peek == '\r' && At(1) == '\n'))
        {
            if (IsControl(Peek)) throw Unexpected("a comment without control characters");
            Take();
        }
    }

    public static bool IsControl(char c) => c is (< ' ' and not '\t') or '\u007f';
}
