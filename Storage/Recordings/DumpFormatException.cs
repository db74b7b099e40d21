namespace SshGateway.Storage.Recordings;

/// <summary>A dump that does not follow the format, or ends in the middle of something. Everything read before it is good.</summary>
public sealed class DumpFormatException : Exception
{
    /// <summary>Makes the error for the part that begins at <paramref name="offset"/>.</summary>
    public DumpFormatException(long offset, string reason, bool isTruncated = false)
        : base($"offset {offset}: {reason}")
    {
        Offset = offset;
        IsTruncated = isTruncated;
    }

    /// <summary>Where in the file the damaged header or record begins, in bytes; everything before it was readable.</summary>
    public long Offset { get; }

    /// <summary>Whether the file merely ends too early, as that of a gateway that was killed does.</summary>
    public bool IsTruncated { get; }
}
