namespace SshGateway.Replay.Arguments;

/// <summary>What is done with the files.</summary>
internal enum ReplayAction
{
    List,
    Play,
    Export,
    Search,
    ShowUsage,
    ShowVersion,
}

internal enum ExportFormat
{
    Text,
    Typescript,
    Asciicast2,
    Asciicast3,
}

/// <summary>The command line, validated.</summary>
internal sealed record ReplayOptions
{
    public required ReplayAction Action { get; init; }

    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>How many times faster than it was.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>No pause lasts longer than this (before speed).</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.MaxValue;

    /// <summary>Whether to wait at the end of the file for what is still being written.</summary>
    public bool Follow { get; init; }

    public ExportFormat Format { get; init; }

    /// <summary>Where a typescript's timing goes.</summary>
    public string? TimingFile { get; init; }

    public string SearchText { get; init; } = "";
}
