namespace SshGateway.Server.Relay.Commands;

/// <summary>Variables that make the destination's loader or shell run something; a destination that accepts every name would obey.</summary>
internal static class DangerousVariables
{
    public static bool Contains(ReadOnlySpan<byte> name) =>
        name.StartsWith("LD_"u8) || name.StartsWith("DYLD_"u8) || name.StartsWith("BASH_FUNC_"u8)
        || name.SequenceEqual("BASH_ENV"u8) || name.SequenceEqual("ENV"u8) || name.SequenceEqual("IFS"u8)
        || name.SequenceEqual("SHELLOPTS"u8) || name.SequenceEqual("BASHOPTS"u8) || name.SequenceEqual("GCONV_PATH"u8)
        || name.SequenceEqual("PROMPT_COMMAND"u8) || name.SequenceEqual("PATH"u8) || name.IndexOfAny((byte)'=', (byte)0) >= 0;
}
