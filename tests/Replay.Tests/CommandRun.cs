using System.Text;

namespace SshGateway.Replay.Tests;

/// <summary>The command run to its end inside the test.</summary>
internal sealed record CommandRun(int Status, string Output, string Errors)
{
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var environment = new ReplayEnvironment { Output = output, Errors = errors, Zone = TimeZoneInfo.Utc };
        int status = await new ReplayCommand(environment).RunAsync(arguments, CancellationToken.None);
        return new CommandRun(status, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }
}
