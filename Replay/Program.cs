namespace SshGateway.Replay;

internal static class Program
{
    public static int Main() => 64;
}
