using System.Globalization;
using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Login;

/// <summary>A gateway of a <see cref="LoginBed"/>, and clients of it.</summary>
internal sealed class LoginGateway : IAsyncDisposable
{
    private static readonly string Self = Path.Combine(AppContext.BaseDirectory, "sshgateway.dll");

    private readonly LoginBed _bed;
    private readonly ServerProcess _process;

    private LoginGateway(LoginBed bed, ServerProcess process, string configFile) => (_bed, _process, ConfigFile) = (bed, process, configFile);

    public string ConfigFile { get; }

    public int Port => _process.Port;

    public int Id => _process.Id;

    public string LogText => _process.LogText;

    public int LogLines => _process.Log.Count;

    public string StateFolder => _bed.Accounts.At(string.Create(CultureInfo.InvariantCulture, $"state-{Port}"));

    /// <param name="bed">Whose accounts hold for it.</param>
    /// <param name="configFile">Its configuration.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="prefix">A command that runs it, as another user for instance.</param>
    public static async Task<LoginGateway> StartAsync(LoginBed bed, string configFile, int port, params string[] prefix)
    {
        string[] command = [.. prefix, "dotnet", Self, "serve", "-c", configFile];
        ServerProcess process = await ServerProcess.StartAsync(
            "unshare",
            bed.Accounts.Inside(command[0], command[1..]),
            port,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcConcurrent"] = "0" },
            " started with ");
        return new LoginGateway(bed, process, configFile);
    }

    public Task<string> WaitForLogAsync(string text, int from = 0) => _process.WaitForLogAsync(text, from);

    public void Signal(int number) => _process.Signal(number);

    /// <summary>Another file, loaded by SIGHUP; returns the line that says how that went.</summary>
    public async Task<string> ReloadAsync(string yaml)
    {
        int seen = LogLines;
        await File.WriteAllTextAsync(ConfigFile, yaml);
        Signal(NativeMethods.SignalHangup);
        return await WaitForLogAsync("loaded anew", seen);
    }

    /// <summary>OpenSSH's client, which gets its answers from a program in the order that is given here.</summary>
    public async Task<LoginAttempt> SshAsync(string user, IEnumerable<string> options, IEnumerable<string> answers, string command = "echo in")
    {
        Askpass askpass = new(_bed.Folder, answers);
        ProcessResult result = await ChildProcess.RunAsync("ssh", Arguments(user, [.. options, "-o", "NumberOfPasswordPrompts=1"], command), environment: askpass.Environment);
        return new LoginAttempt(result, askpass.Prompts);
    }

    public Task<LoginAttempt> PasswordAsync(string user, params string[] answers) => SshAsync(user, ["-o", "PreferredAuthentications=password"], answers);

    public Task<LoginAttempt> InteractiveAsync(string user, params string[] answers) => SshAsync(user, ["-o", "PreferredAuthentications=keyboard-interactive"], answers);

    public Task<LoginAttempt> KeyAsync(string user, KeyPair key, params string[] answers) =>
        SshAsync(user, ["-i", key.PrivateFile, "-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey,keyboard-interactive,password"], answers);

    /// <summary>Arguments of ssh for a command.</summary>
    public IReadOnlyList<string> Arguments(string user, IEnumerable<string> options, string command) =>
    [
        "-F", "/dev/null", "-p", Port.ToString(CultureInfo.InvariantCulture), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "GlobalKnownHostsFile=/dev/null", "-o", "LogLevel=INFO", .. options, "-l", user, "127.0.0.1", command,
    ];

    /// <summary>The script login_client.py: a conversation in a library, told in lines.</summary>
    public Task<ProcessResult> ConverseAsync(string method, string user, params string[] answers) =>
        Python.RunAsync("login_client.py", [Port.ToString(CultureInfo.InvariantCulture), user, method, .. answers]);

    /// <summary>sshgatewayctl with this gateway's configuration.</summary>
    public Task<ProcessResult> CtlAsync(params string[] arguments) =>
        ChildProcess.RunAsync("unshare", _bed.Accounts.Inside("dotnet", [Self, "ctl", "-c", ConfigFile, .. arguments]));

    /// <summary>The events of a kind that are stored, once one of them has the text in it.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string text)
    {
        string[] lines = [];
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                lines = (await CtlAsync("show", "events", "-json")).Succeeded().OutputText.Split('}', StringSplitOptions.RemoveEmptyEntries);
                return lines.Any(line => line.Contains(text, StringComparison.Ordinal));
            },
            $"'{text}' among the events");
        return lines;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

/// <summary>What a client said, and what it was asked.</summary>
internal sealed record LoginAttempt(ProcessResult Result, IReadOnlyList<string> Prompts)
{
    public bool IsIn => Result.ExitStatus == 0 && Result.OutputText == "in\n";

    public override string ToString() => $"{Result}\nprompts: {string.Join(" | ", Prompts)}";
}

/// <summary>A program for SSH_ASKPASS that gives one answer after the other and notes what it was asked.</summary>
internal sealed class Askpass
{
    private readonly string _folder;

    public Askpass(TemporaryFolder folder, IEnumerable<string> answers)
    {
        _folder = folder.NewFolder("askpass");
        string name = Path.GetFileName(_folder);
        folder.Write(name + "/answers", string.Concat(answers.Select(answer => answer + "\n")));
        string program = folder.Write(
            name + "/ask",
            $"""
            #!/bin/sh
            cd '{_folder}'
            echo "$1" >>prompts
            sed -n "$(grep -c '' prompts)p" answers

            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SSH_ASKPASS"] = program, ["SSH_ASKPASS_REQUIRE"] = "force", ["DISPLAY"] = "none" };
    }

    public IReadOnlyDictionary<string, string> Environment { get; }

    public IReadOnlyList<string> Prompts => File.Exists(Path.Combine(_folder, "prompts")) ? File.ReadAllLines(Path.Combine(_folder, "prompts")) : [];
}
