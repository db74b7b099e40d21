using System.CommandLine;
using SshGateway.Server.Commands;
using SshGateway.Server.Configuration.Commands;

namespace SshGateway.Server;

/// <summary>The command <c>sshgateway</c>.</summary>
internal static class Program
{
    private const string DefaultConfiguration = "/etc/sshgateway/sshgateway.yaml";

    public static async Task<int> Main(string[] args)
    {
        SocketCompletions.RunInline();
        var root = new RootCommand("A self-contained SSH gateway.") { Serve(), Check(), Version() };
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

    private static Command Version()
    {
        var command = new Command("version", "print the version");
        command.SetAction(_ => VersionCommand.Run());
        return command;
    }
}
