using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using SshGateway.Server.Recording.Collecting;

namespace SshGateway.Server.Dumpd;

/// <summary><c>sshgateway dumpd</c>: collects recordings until SIGTERM or SIGINT.</summary>
internal static class DumpdCommand
{
    public static async Task<int> RunAsync(string listen, string output, CollectorTls tls)
    {
        if (!TryParseAddress(listen, out IPEndPoint? address))
        {
            await Console.Error.WriteLineAsync($"sshgateway: -listen must be an address and a port, such as :5555 or 127.0.0.1:5555 (found '{listen}')").ConfigureAwait(false);
            return 2;
        }

        if (tls.CertificateFile.Length == 0 && tls.AuthorityFile.Length + tls.KeyFile.Length > 0)
        {
            await Console.Error.WriteLineAsync("sshgateway: -tls-key and -tls-ca go with -tls-cert").ConfigureAwait(false);
            return 2;
        }

        // The log of a configuration that says nothing: lines on standard output.
        using var log = new LogHub(new GatewayConfiguration());
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = OnSignal(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, stop);
        try
        {
            // A wrong file is said now, not to the first sender.
            if (tls.CertificateFile.Length > 0) tls.Check();
            string folder = Path.GetFullPath(output);
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await using var server = new DumpdServer(folder, log) { Tls = tls.CertificateFile.Length > 0 ? tls : null };
            log.DumpdListening(server.Listen(address!).ToString(), folder);
            await stop.Task.ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"sshgateway: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>As in Go: a port alone means every address.</summary>
    private static bool TryParseAddress(string text, out IPEndPoint? address)
    {
        string full = text.StartsWith(':') ? $"[::]{text}" : text;
        return IPEndPoint.TryParse(full, out address) && (full.EndsWith(":0", StringComparison.Ordinal) || address.Port > 0);
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, TaskCompletionSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
}
