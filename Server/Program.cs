namespace SshGateway.Server;

internal static class Program
{
    public static int Main() => 64;
}
