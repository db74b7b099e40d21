using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Ctl;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>The completions, in shells that run: as functions for everything, and with keys on a terminal.</summary>
[Collection(InstalledCollection.Name)]
public sealed class CompletionTests(InstalledFixture installed)
{
    private const string AskBash = """
        source "$1"; shift
        while read -r line; do
            read -ra COMP_WORDS <<<"$line"
            [[ $line == *'|' ]] && COMP_WORDS[-1]=""
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
            [[ $(complete -p "${COMP_WORDS[0]}") =~ -F\ ([^ ]+) ]] && "${BASH_REMATCH[1]}"
            echo "${COMPREPLY[*]}"
        done
        """;

    private string BashFile => installed["/usr/share/bash-completion/completions/sshgateway"];

    private string ZshFolder => installed["/usr/share/zsh/vendor-completions"];

    [NeedsFact("bash")]
    public async Task Bash_knows_each_command_and_option_of_ctl()
    {
        string[] lines = [.. CtlCommands.All.Select(command => $"sshgatewayctl {command.Name} -")];
        string[] answers = await AskAsync(lines);
        foreach ((CtlCommand command, string answer) in CtlCommands.All.Zip(answers))
            Assert.Equal(command.Options.Select(option => "-" + option.Name).Concat(["-c", "-help"]).Order(StringComparer.Ordinal), answer.Split(' ').Order(StringComparer.Ordinal));
        string[] words = await AskAsync("sshgatewayctl |", "sshgatewayctl show |", "sshgatewayctl forget |");
        Assert.Equal(First(""), words[0].Split(' ').Order(StringComparer.Ordinal));
        Assert.Equal(First("show "), words[1].Split(' ').Order(StringComparer.Ordinal));
        Assert.Equal(First("forget "), words[2].Split(' ').Order(StringComparer.Ordinal));
    }

    [NeedsFact("bash")]
    public async Task Bash_knows_the_other_commands()
    {
        string[] answers = await AskAsync(
            "sshgateway |", "sshgateway ctl forget m", "sshgateway check -", "sshgateway health --t", "sshgateway-replay -export asc", "sshgateway-dumpd -",
            "sshproxyctl en", "sshgatewayctl -c x.yaml show e", "sshgatewayctl show events -kind h", "sshgatewayctl disable --d", "sshproxy-replay -f", $"sshgateway serve -c {installed.Root}/etc/sshg");
        Assert.Equal(
            [
                "serve check health authd ctl dumpd version --help --version", "mfa", "-c --config -user --user -groups --groups -source --source --help", "--timeout",
                "asciicast asciicast2 asciicast3", "-listen -output -tls-cert -tls-key -tls-ca --help", "enable", "error_banner events", "host", "--drain", "-follow", installed.Root + "/etc/sshgateway",
            ],
            answers);
    }

    [NeedsFact("bash")]
    public async Task Bash_completes_on_a_terminal()
    {
        await using PseudoTerminal terminal = PseudoTerminal.Start("bash", ["--norc", "--noprofile", "-i"], environment: Shell());
        await terminal.TypeAsync($"PS1='rea''dy> '; bind 'set bell-style none'; source {BashFile}\n");
        await terminal.WaitForAsync("ready> ");
        await terminal.TypeAsync("sshgatewayctl dis\t-dr\t");
        await terminal.WaitForAsync("sshgatewayctl disable -drain ");
        // A prompt of its own: a terminal that can do little draws the line again after Ctrl-U.
        await terminal.TypeAsync("\x15" + "echo mar''ked\n");
        await terminal.WaitForAsync("marked\r\n");
        await terminal.WaitForAsync("ready> ");
        await terminal.TypeAsync("sshgatewayctl forget \t\t");
        Assert.Equal(First("forget "), (await terminal.WaitForAsync("ready> ")).Split(["sshgatewayctl", "forget", " ", "\r", "\n"], StringSplitOptions.RemoveEmptyEntries).Where(word => !word.Contains('\e')).Order(StringComparer.Ordinal));
        await terminal.TypeAsync("\x15 exit\n");
        await terminal.WaitForExitAsync();
    }

    [NeedsFact("zsh")]
    public async Task Zsh_knows_each_command_and_option()
    {
        await using PseudoTerminal terminal = PseudoTerminal.Start("zsh", ["-f", "-i"], rows: 60, columns: 200, environment: Shell());
        await terminal.TypeAsync($"PS1='rea''dy> '; unset zle_bracketed_paste; LISTMAX=0; fpath=({ZshFolder} $fpath); autoload -U compinit; compinit -u -D; echo compl''ete\n");
        await terminal.WaitForAsync("complete\r\n");
        await terminal.WaitForAsync("ready> ");
        foreach (CtlCommand command in CtlCommands.All)
        {
            string listed = await ListAsync(terminal, $"sshgatewayctl {command.Name} -");
            foreach (string option in command.Options.Select(option => "-" + option.Name).Append("-help")) Assert.Contains(option + " ", listed, StringComparison.Ordinal);
        }

        foreach ((string line, string[] words) in ((string, string[])[])
        [
            ("sshgatewayctl ", First("")), ("sshgatewayctl show ", First("show ")), ("sshproxyctl forget ", First("forget ")), ("sshgateway ctl forget ", First("forget ")),
            ("sshgateway ", ["serve", "check", "health", "authd", "ctl", "dumpd", "version"]), ("sshgateway check -", ["-config", "-user", "-groups", "-source"]),
            ("sshgateway health -", ["-timeout", "-config"]), ("sshgateway-replay -", ["-replay", "-speed", "-max-wait", "-follow", "-grep", "-export", "-timing"]),
            ("sshgateway-replay -export ", ["asciicast", "text", "typescript"]), ("sshgateway-dumpd -", ["-listen", "-output"]),
        ])
        {
            string listed = await ListAsync(terminal, line);
            foreach (string word in words) Assert.Contains(word, listed, StringComparison.Ordinal);
        }

        // As people do it: the rest of a word, and of the one behind it.
        await terminal.TypeAsync("\x15sshgatewayctl dis\t-dr\t");
        await terminal.WaitForAsync("sable ");
        await terminal.WaitForAsync("-drain ");
        await terminal.TypeAsync("\x15 exit\n");
        await terminal.WaitForExitAsync();
    }

    /// <summary>What a shell lists for a line (Ctrl-D), with the line itself, which it draws again behind the list.</summary>
    private static async Task<string> ListAsync(PseudoTerminal terminal, string line)
    {
        // The line, the list, then a mark that only the next command prints.
        await terminal.TypeAsync("\x15" + line + "\x04");
        await terminal.TypeAsync("\x15" + "echo mar''ked\n");
        string listed = await terminal.WaitForAsync("marked\r\n");
        // Before the prompt is there, control keys are the terminal driver's.
        await terminal.WaitForAsync("ready> ");
        return listed;
    }

    private static string[] First(string prefix) =>
        [.. CtlCommands.All.Where(command => command.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(command => command.Name[prefix.Length..].Split(' ')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Shell() => new(StringComparer.Ordinal) { ["TERM"] = "dumb", ["HOME"] = Path.GetTempPath(), ["HISTFILE"] = "/dev/null" };

    private async Task<string[]> AskAsync(params string[] lines)
    {
        ProcessResult result = (await ChildProcess.RunAsync("bash", ["--norc", "-c", AskBash, "bash", BashFile], System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"))).Succeeded();
        return result.OutputText.TrimEnd('\n').Split('\n');
    }
}
