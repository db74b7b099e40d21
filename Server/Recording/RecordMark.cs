using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>Descriptors that stand inside the queue only, and never in a recording.</summary>
internal static class RecordMark
{
    /// <summary>A size of the terminal: columns and rows, four bytes each.</summary>
    public const DumpDescriptor Resize = (DumpDescriptor)3;

    /// <summary>Added to a stream's descriptor: data that is digested, but not kept.</summary>
    private const int LeftOut = 4;

    public static DumpDescriptor Omitted(DumpDescriptor stream) => stream + LeftOut;

    public static bool IsOmitted(DumpDescriptor descriptor) => (int)descriptor >= LeftOut;

    public static DumpDescriptor StreamOf(DumpDescriptor descriptor) => IsOmitted(descriptor) ? descriptor - LeftOut : descriptor;
}
