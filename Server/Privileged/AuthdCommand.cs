using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged.Authd;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged;

/// <summary><c>sshgateway authd</c>: the privileged helper.</summary>
internal static class AuthdCommand
{
    public const string Name = "authd";
    public const string Owned = "--owned";
    public const string OwnedServer = "--owned-server";
    public const string DefaultSocket = "/run/sshgateway/authd.sock";
    private const int StartFailed = 1;
    private const int ConfigurationWrong = 78;

    public static Command Create(Option<string> file)
    {
        var socket = new Option<string>("--socket") { Description = "Unix socket to listen on, unless systemd hands one over; the gateway's auth.helper", HelpName = "PATH", DefaultValueFactory = _ => DefaultSocket };
        var moduleTime = new Option<int>("--module-time") { Description = "longest that PAM modules may work without a word to the user", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        var command = new Command(Name, "run the privileged helper, as root, for a gateway that is not root") { file, socket, moduleTime };
        command.SetAction((result, _) => RunAsync(result.GetValue(file)!, result.GetValue(socket)!, TimeSpan.FromSeconds(Math.Max(1, result.GetValue(moduleTime)))));
        return command;
    }

    /// <summary>
    /// What a gateway started as root leaves root for: a process that starts the helper proper, and starts it again should it ever die. It does
    /// nothing else, reads nothing but the configuration file, and ends when the pipe from the gateway does.
    /// </summary>
    public static async Task<int> RunOwnedAsync(string[] args)
    {
        // Ctrl-C at a terminal is meant for the gateway, which ends its sessions first.
        SystemCalls.setsid();
        PrivilegeDrop.ForbidDebuggers();
        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        var gateway = new FrameChannel(input, output);
        if (gateway.Read(FrameChannel.MaxRequest) is not { Type: HelperMessage.Policy } frame) return StartFailed;
        var log = new StandardErrorLog(Value(args, "--debug") == "1");
        var policy = new PolicySource(Value(args, "--config"), HelperPolicy.Read(frame.Read()), log);
        return await new HelperKeeper([.. args.Skip(2)], policy, log).RunAsync(input, () => gateway.Write(HelperMessage.Ready, [])).ConfigureAwait(false);
    }

    /// <summary>The helper of a gateway that has started it itself: the policy comes through standard input, whose end ends it.</summary>
    public static async Task<int> ServeOwnedAsync(string[] args)
    {
        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        var gateway = new FrameChannel(input, output);
        if (gateway.Read(FrameChannel.MaxRequest) is not { Type: HelperMessage.Policy } frame) return StartFailed;
        var log = new StandardErrorLog(Value(args, "--debug") == "1");
        var options = new AuthdOptions
        {
            Socket = Value(args, "--socket"),
            AllowedUid = uint.Parse(Value(args, "--uid"), CultureInfo.InvariantCulture),
            Policy = new PolicySource(Value(args, "--config"), HelperPolicy.Read(frame.Read()), log),
            KeepSpare = Value(args, "--spare") == "1",
            ModuleTime = TimeSpan.FromSeconds(int.Parse(Value(args, "--module-time"), CultureInfo.InvariantCulture)),
        };
        using var stop = new CancellationTokenSource();
        Task watching = Task.Run(
            async () =>
            {
                while (await input.ReadAsync(new byte[1], CancellationToken.None).ConfigureAwait(false) > 0)
                {
                    // Nothing is said after the policy.
                }

                await stop.CancelAsync().ConfigureAwait(false);
            },
            CancellationToken.None);
        int status = await ServeAsync(options, log, () => gateway.Write(HelperMessage.Ready, []), stop.Token).ConfigureAwait(false);
        if (status == 0) await watching.ConfigureAwait(false);
        return status;
    }

    // The gateway passes these options and nobody else: no parser is needed that would cost a tenth of a second.
    private static string Value(string[] args, string name) =>
        Array.IndexOf(args, name) is >= 0 and int i && i + 1 < args.Length ? args[i + 1] : throw new ArgumentException("missing " + name);

    private static async Task<int> RunAsync(string file, string socket, TimeSpan moduleTime)
    {
        ConfigurationResult result = ConfigurationLoader.Load(file);
        if (result.Configuration is not { } configuration)
        {
            foreach (ConfigurationError error in result.Errors) await Console.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            return ConfigurationWrong;
        }

        if (UserDirectory.Find(configuration.RunAs) is not { } gateway)
        {
            await Console.Error.WriteLineAsync($"sshgateway: the system knows no user {configuration.RunAs} (run_as)").ConfigureAwait(false);
            return ConfigurationWrong;
        }

        if (!TryInherit(out Socket? inherited)) return StartFailed;
        var log = new StandardErrorLog(configuration.Debug);
        if (SystemCalls.geteuid() != 0) log.ConfigurationWarning("authd is not root: it can serve its own user only");
        var options = new AuthdOptions
        {
            Socket = socket,
            Inherited = inherited,
            // Who serves one connection has no second one to prepare for.
            KeepSpare = inherited is null || InheritedSockets.IsListening(inherited),
            AllowedUid = gateway.Uid,
            Policy = new PolicySource(file, HelperPolicy.From(configuration), log),
            ModuleTime = moduleTime,
        };
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration term = OnSignal(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, stop);
        // The configuration is read again when a request comes and the file has changed; the signal must only not end us.
        using var reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        return await ServeAsync(options, log, () => { }, stop.Token).ConfigureAwait(false);
    }

    private static bool TryInherit(out Socket? socket)
    {
        try
        {
            socket = InheritedSockets.TakeUnix();
            return true;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine("sshgateway: " + e.Message);
            socket = null;
            return false;
        }
    }

    private static async Task<int> ServeAsync(AuthdOptions options, StandardErrorLog log, Action serving, CancellationToken stop)
    {
        try
        {
            PrivilegeDrop.ForbidDebuggers();
            await using var server = new AuthdServer(options, log);
            server.Start();
            serving();
            await server.RunAsync(stop).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or PrivilegedHelperException)
        {
            await Console.Error.WriteLineAsync("sshgateway: " + e.Message).ConfigureAwait(false);
            return StartFailed;
        }
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
}
