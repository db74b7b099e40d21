using System.Runtime.InteropServices;
using System.Text;
using SshGateway.Server.Admin;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl;

/// <summary>The program <c>sshgatewayctl</c>, which is also <c>sshgateway ctl</c>.</summary>
internal static class CtlProcess
{
    private const int BufferSize = 64 * 1024;
    private const int Interrupted = 130;

    /// <summary>Whether this process was started under the name of ctl: build.sh puts the same program there twice.</summary>
    public static bool IsOwnName => Path.GetFileName(Environment.ProcessPath) == CtlUsage.Program;

    public static async Task<int> RunAsync(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, stop);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, stop);
        await using Stream output = new DescriptorStream(1), error = new DescriptorStream(2);
        // Not disposed, which would write again what could not be written; CtlRun flushes them.
        StreamWriter outputText = Writer(output), errorText = Writer(error);
        Terminal terminal = Terminal.OfProcess();
        var run = new CtlRun
        {
            Output = outputText,
            Error = errorText,
            Terminal = terminal,
            Actor = Peer.OfProcess(),
            Load = CtlConfiguration.Load,
            OpenAsync = StateAccess.OpenAsync,
            RunInGatewayAsync = (configuration, cancellationToken) => AdminClient.RunAsync(
                AdminSocket.PathIn(configuration.StateDir), new AdminRequest(terminal, TimeZoneInfo.Local.Id, arguments), output, error, cancellationToken),
            GroupsOf = name => UserDirectory.Find(name)?.Groups,
        };
        try
        {
            return await run.RunAsync(arguments, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferSize);

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
}
