namespace SshGateway.Server.Configuration.Tree;

/// <summary>The text is no YAML or TOML at this place.</summary>
internal sealed class ConfigSyntaxException(ConfigMark mark, string message) : Exception(message)
{
    public ConfigMark Mark { get; } = mark;
}
