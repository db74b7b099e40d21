using System.CommandLine;
using SshGateway.Server.Commands;
using SshGateway.Server.Configuration.Commands;
using SshGateway.Server.Ctl;
using SshGateway.Server.Dumpd;
using SshGateway.Server.Privileged;
using SshGateway.Server.Privileged.Child;
using SshGateway.Server.Recording.Collecting;

namespace SshGateway.Server;

/// <summary>The command <c>sshgateway</c>.</summary>
internal static class Program
{
    private const string DefaultConfiguration = "/etc/sshgateway/sshgateway.yaml";

    public static Task<int> Main(string[] args)
    {
        // Roles that only this program itself starts: at once, somebody waits for them.
        if (args is [ChildProgram.Name]) return Task.FromResult(ChildProgram.Run());
        if (args is [AuthdCommand.Name, AuthdCommand.Owned, ..]) return AuthdCommand.RunOwnedAsync(args);
        if (args is [AuthdCommand.Name, AuthdCommand.OwnedServer, ..]) return AuthdCommand.ServeOwnedAsync(args);
        // Before anything of the rest is loaded: ctl has to start quickly.
        if (CtlProcess.IsOwnName) return Task.FromResult(CtlProcess.Run(args));
        if (args is ["ctl", .. string[] rest]) return Task.FromResult(CtlProcess.Run(rest));
        return RunAsync(args);
    }

    private static async Task<int> RunAsync(string[] args)
    {
        if (args is not [AuthdCommand.Name, ..]) SocketCompletions.RunInline();
        var root = new RootCommand("A self-contained SSH gateway.") { Serve(), Check(), Health(), Dumpd(), AuthdCommand.Create(ConfigurationOption()), Version(), Ctl() };
        return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
    }

    private static Option<string> ConfigurationOption() =>
        new("--config", "-c") { Description = "configuration file (YAML or TOML)", HelpName = "FILE", DefaultValueFactory = _ => DefaultConfiguration };

    private static Command Serve()
    {
        Option<string> file = ConfigurationOption();
        var command = new Command("serve", "run the gateway") { file };
        command.SetAction((result, _) => ServeCommand.RunAsync(result.GetValue(file)!));
        return command;
    }

    private static Command Check()
    {
        Option<string> file = ConfigurationOption();
        var user = new Option<string?>("--user", "-user") { Description = "show what holds for this user" };
        var groups = new Option<string?>("--groups", "-groups") { Description = "groups of that user, separated by commas" };
        var source = new Option<string?>("--source", "-source") { Description = "gateway address the user comes to, HOST[:PORT]" };
        var command = new Command("check", "check the configuration and print what was calculated from it") { file, user, groups, source };
        command.SetAction(result =>
        {
            string[] names = result.GetValue(groups)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return CheckCommand.Run(result.GetValue(file)!, result.GetValue(user), names, result.GetValue(source), Console.Out, Console.Error);
        });
        return command;
    }

    private static Command Health()
    {
        Option<string> file = ConfigurationOption();
        var timeout = new Option<double>("--timeout") { Description = "longest to wait for an answer", HelpName = "SECONDS", DefaultValueFactory = _ => 5 };
        var command = new Command("health", "say whether the gateway serves (exit code 0) or not (1)") { file, timeout };
        command.SetAction((result, _) => HealthCommand.RunAsync(result.GetValue(file)!, TimeSpan.FromSeconds(Math.Clamp(result.GetValue(timeout), 0.1, 3600)), Console.Out, Console.Error));
        return command;
    }

    // For the usage text alone: Main has seen it before.
    private static Command Ctl() => new("ctl", "see and change the state of the gateways; the same as sshgatewayctl");

    private static Command Dumpd()
    {
        var listen = new Option<string>("--listen", "-listen") { Description = "address to listen on, [HOST]:PORT", HelpName = "ADDRESS", Required = true };
        var output = new Option<string>("--output", "-output") { Description = "folder to write to", HelpName = "DIR", Required = true };
        var certificate = new Option<string>("--tls-cert", "-tls-cert") { Description = "PEM of the certificate to show: senders come in TLS", HelpName = "FILE", DefaultValueFactory = _ => "" };
        var key = new Option<string>("--tls-key", "-tls-key") { Description = "PEM of its key, where that is not in the same file", HelpName = "FILE", DefaultValueFactory = _ => "" };
        var authority = new Option<string>("--tls-ca", "-tls-ca") { Description = "PEM of those who sign the certificates that senders must show", HelpName = "FILE", DefaultValueFactory = _ => "" };
        var command = new Command("dumpd", "collect recordings of gateways") { listen, output, certificate, key, authority };
        command.SetAction((result, _) => DumpdCommand.RunAsync(
            result.GetValue(listen)!, result.GetValue(output)!, new CollectorTls(result.GetValue(authority)!, result.GetValue(certificate)!, result.GetValue(key)!)));
        return command;
    }

    private static Command Version()
    {
        var command = new Command("version", "print the version");
        command.SetAction(_ => VersionCommand.Run());
        return command;
    }
}
