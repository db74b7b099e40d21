using Xunit;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A test that mounts: skipped, with the reason, where a container or a missing package forbids it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FuseFactAttribute : FactAttribute
{
    public FuseFactAttribute() => Skip = Reason();

    private static string? Reason()
    {
        if (!File.Exists("/usr/bin/sshfs"))
        {
            return "sshfs is not installed";
        }

        try
        {
            using FileStream device = File.Open("/dev/fuse", FileMode.Open, FileAccess.ReadWrite);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"/dev/fuse cannot be opened: {exception.Message}";
        }
    }
}
