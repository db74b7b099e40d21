using SshGateway.Replay.Playback;
using SshGateway.Replay.Terminal;

namespace SshGateway.Replay;

internal static class Program
{
    public static Task<int> Main(string[] arguments)
    {
        var environment = new ReplayEnvironment
        {
            Output = new StandardStream(Libc.StandardOutput),
            Errors = new StandardStream(Libc.StandardError),
            IsTerminal = Libc.IsTerminal(Libc.StandardOutput) == 1,
            HoldTerminal = (screen, clock) => new TerminalSession(new KeyboardMode(), screen, clock),
            ReadKeys = () => KeyboardMode.IsAvailable ? KeyReader.Start() : null,
        };
        return new ReplayCommand(environment).RunAsync(arguments, CancellationToken.None);
    }
}
