using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration;

/// <summary>What is wrong (or odd) at a place of a file. Lines and columns count from 1; 0 means the file as a whole.</summary>
internal sealed record ConfigurationError(string File, int Line, int Column, string Message)
{
    /// <summary>One line, fit for a terminal.</summary>
    public string Message { get; } = Shown.Message(Message);

    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>Either a configuration or at least one error; warnings in both cases.</summary>
internal sealed record ConfigurationResult
{
    public GatewayConfiguration? Configuration { get; init; }

    public IReadOnlyList<ConfigurationError> Errors { get; init; } = [];

    public IReadOnlyList<ConfigurationError> Warnings { get; init; } = [];
}
