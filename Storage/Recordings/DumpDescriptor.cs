namespace SshGateway.Storage.Recordings;

/// <summary>Which stream of a session a record belongs to. Version 1 of the dump format has no other.</summary>
public enum DumpDescriptor : byte
{
    /// <summary>What the user typed.</summary>
    Input = 0,

    /// <summary>What the destination sent as output.</summary>
    Output = 1,

    /// <summary>What the destination sent as error output.</summary>
    ErrorOutput = 2,
}
