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

    public static int Run(string[] arguments)
    {
        PreferInterpretedCode();
        using var stop = new CancellationTokenSource();
        // Nothing else has a screen to restore.
        bool mayStop = arguments.Contains("watch");
        using PosixSignalRegistration? interrupt = mayStop ? OnSignal(PosixSignal.SIGINT, stop) : null;
        using PosixSignalRegistration? terminate = mayStop ? OnSignal(PosixSignal.SIGTERM, stop) : null;
        using Stream output = new DescriptorStream(1), error = new DescriptorStream(2);
        Terminal terminal = Terminal.OfProcess();
        var run = new CtlRun
        {
            // Not disposed, which would write again what could not be written; CtlRun flushes them.
            Output = Writer(output),
            Error = Writer(error),
            Terminal = terminal,
            Actor = Peer.OfProcess(),
            Load = CtlConfiguration.Load,
            Open = StateAccess.Open,
            RunInGatewayAsync = (configuration, cancellationToken) => AdminClient.RunAsync(
                AdminSocket.PathIn(configuration.StateDir), new AdminRequest(terminal, TimeZoneInfo.Local.Id, arguments), output, error, cancellationToken),
            GroupsOf = name => UserDirectory.Find(name)?.Groups,
        };
        try
        {
            // There is nothing else for this thread to do, and fewer methods to compile than for an await.
            return run.RunAsync(arguments, stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
    }

    /// <summary>
    /// The YAML reader has a regular expression compiled that it uses once: with this switch it is interpreted, and ctl starts 30 ms earlier.
    /// </summary>
    private static void PreferInterpretedCode() => AppContext.SetSwitch("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", false);

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferSize);

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
}
