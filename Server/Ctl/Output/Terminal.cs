namespace SshGateway.Server.Ctl.Output;

/// <summary>Where output goes to.</summary>
/// <param name="IsTerminal">A person looks at it; false for files and pipes.</param>
/// <param name="Width">Columns; 0 is any number.</param>
/// <param name="Height">Lines; 0 is any number.</param>
/// <param name="HasColor">Colours may be used.</param>
internal sealed record Terminal(bool IsTerminal, int Width, int Height, bool HasColor)
{
    public static readonly Terminal None = new(false, 0, 0, false);

    /// <summary>Standard output of this process. NO_COLOR (no-color.org) and dumb terminals are honoured.</summary>
    public static Terminal OfProcess()
    {
        if (Console.IsOutputRedirected) return None;
        string? name = Environment.GetEnvironmentVariable("TERM");
        bool plain = name is null or "" or "dumb" || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        (int width, int height) = Size();
        return new Terminal(true, width, height, !plain);
    }

    private static (int Width, int Height) Size()
    {
        try
        {
            return (Math.Max(0, Console.WindowWidth), Math.Max(0, Console.WindowHeight));
        }
        catch (IOException)
        {
            return (0, 0);
        }
    }
}

/// <summary>Colours of a terminal (ECMA-48 SGR).</summary>
internal enum Color
{
    None = 0,
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
}
