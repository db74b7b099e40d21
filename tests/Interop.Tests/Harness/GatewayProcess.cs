namespace SshGateway.Interop.Tests.Harness;

/// <summary>The gateway as its users run it: a process with a configuration file.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private GatewayProcess(ServerProcess process, GatewayOptions options, string configFile)
    {
        _process = process;
        Options = options;
        ConfigFile = configFile;
    }

    public GatewayOptions Options { get; }

    public string ConfigFile { get; }

    public int Port => _process.Port;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public IReadOnlyCollection<string> Log => _process.Log;

    public string LogText => _process.LogText;

    /// <param name="folder">Where its files are made.</param>
    /// <param name="options">Its configuration.</param>
    /// <param name="readyLine">It is ready when its log contains this; null: when it sends its identification.</param>
    public static async Task<GatewayProcess> StartAsync(TemporaryFolder folder, GatewayOptions options, string? readyLine = null)
    {
        string state = folder.NewFolder("gateway");
        string config = folder.Write(Path.Combine(Path.GetFileName(state), "sshgateway.yaml"), options.ToYaml(state));
        (string program, string[] arguments) = Program();
        ServerProcess process = await ServerProcess.StartAsync(
            program,
            [.. arguments, "serve", "-c", config],
            options.Port,
            // Two of these run beside their clients on two cores: no background compilation contest.
            new Dictionary<string, string>(options.Environment, StringComparer.Ordinal) { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcConcurrent"] = "0" },
            readyLine);
        return new GatewayProcess(process, options, config);
    }

    public Task<string> WaitForLogAsync(string text, int from = 0) => _process.WaitForLogAsync(text, from);

    /// <summary>Writes another configuration and has it loaded; returns the line of the log that says how that went.</summary>
    public async Task<string> ReloadAsync(string yaml)
    {
        int seen = Log.Count;
        await File.WriteAllTextAsync(ConfigFile, yaml);
        Signal(NativeMethods.SignalHangup);
        return await WaitForLogAsync("loaded anew", seen);
    }

    public void Signal(int number) => _process.Signal(number);

    public Task<int> WaitForExitAsync(TimeSpan timeout) => _process.WaitForExitAsync(timeout);

    /// <summary>The end of the log, for the report of a failed comparison.</summary>
    public string LogTail(int lines = 15) => string.Join('\n', _process.Log.TakeLast(lines));

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The program of this build, or the one that SSHGATEWAY_PROGRAM names (a published one, for instance).</summary>
    internal static (string Program, string[] Arguments) Program() =>
        Environment.GetEnvironmentVariable("SSHGATEWAY_PROGRAM") is { Length: > 0 } named
            ? (named, [])
            : ("dotnet", [Path.Combine(AppContext.BaseDirectory, "sshgateway.dll")]);
}
