namespace SshGateway.Protocol.Authentication;

/// <summary>What a server asks by keyboard-interactive. The texts are as sent: to be escaped before they are shown or logged.</summary>
public sealed record PromptRequest(string Name, string Instruction, IReadOnlyList<Prompt> Prompts);

/// <summary>One question.</summary>
/// <param name="Text">As sent.</param>
/// <param name="Echo">Whether the answer may be seen.</param>
public readonly record struct Prompt(string Text, bool Echo);
