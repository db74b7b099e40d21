namespace SshGateway.Protocol.Agent;

/// <summary>Message numbers and flags of the agent protocol (draft-ietf-sshm-ssh-agent §5).</summary>
internal static class AgentMessage
{
    public const byte Failure = 5;
    public const byte Success = 6;
    public const byte RequestIdentities = 11;
    public const byte IdentitiesAnswer = 12;
    public const byte SignRequest = 13;
    public const byte SignResponse = 14;
    public const byte Extension = 27;
    public const byte ExtensionFailure = 28;

    public const uint RsaSha256Flag = 2;
    public const uint RsaSha512Flag = 4;

    public const string SessionBind = "session-bind@openssh.com";
}
