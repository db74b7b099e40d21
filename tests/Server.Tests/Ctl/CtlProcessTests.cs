using System.Diagnostics;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Sqlite;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>The program itself, on an SQLite file that a gateway might have open at the same time.</summary>
public sealed class CtlProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("ctl").FullName;

    public CtlProcessTests() => File.WriteAllText(ConfigurationFile, $"state_dir: {_folder}/state\nlisten: ['name.that.is.not.known.invalid:22']\n");

    private string ConfigurationFile => Path.Combine(_folder, "sshgateway.yaml");

    private string StateFile => Path.Combine(_folder, "state", "state.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_reads_and_changes_the_file_of_a_running_gateway()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        await using var gateway = new SqliteStateStore(StateFile);
        await gateway.PutHostCheckAsync("n1:22", true, "", CancellationToken.None);
        await using IAsyncEnumerator<StateChange> changes = gateway.WatchAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(new CtlResult(0, "", ""), await RunAsync("ctl", "disable", "-host", "n1", "-c", ConfigurationFile));
        while (await changes.MoveNextAsync().AsTask().WaitAsync(Patience) && changes.Current.Kind != StateChangeKind.Hosts)
        {
        }

        HostRecord host = Assert.Single(await gateway.GetHostsAsync(CancellationToken.None));
        Assert.Equal(HostState.Disabled, host.State);
        Assert.StartsWith("n1:22,disabled,", (await RunAsync("ctl", "-csv", "-c", ConfigurationFile, "show", "hosts")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_file_belongs_to_whom_its_directory_belongs_to_and_no_directory_is_made()
    {
        CtlResult none = await RunAsync("ctl", "-c", ConfigurationFile, "show", "hosts");
        Assert.Equal((1, ""), (none.Code, none.Output));
        Assert.StartsWith($"sshgatewayctl: SQLite {StateFile}: ", none.Error, StringComparison.Ordinal);
        Assert.Single(none.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        Assert.Equal(new CtlResult(0, "[]\n", ""), await RunAsync("ctl", "-c", ConfigurationFile, "show", "hosts", "-json"));
        Assert.True(File.Exists(StateFile));
    }

    [Fact]
    public async Task Wrong_usage_and_a_wrong_configuration_have_their_exit_codes()
    {
        Assert.Equal(2, (await RunAsync("ctl", "forget", "nonsense")).Code);
        Assert.Equal(new CtlResult(1, "", "sshgatewayctl: /nonexistent.yaml: does not exist, and SSHGATEWAY_DEST, which could take its place, is not set\n"), await RunAsync("ctl", "-c", "/nonexistent.yaml", "show", "hosts"));
        CtlResult memory = await RunAsync("ctl", "-c", MemoryConfiguration(), "show", "hosts");
        Assert.Equal(1, memory.Code);
        Assert.Contains("no gateway listens there", memory.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("ctl", "-c", ConfigurationFile, "convert")).Code);
    }

    [Fact]
    public async Task A_reader_that_leaves_ends_it_quietly()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        using Process process = Start("ctl", "-c", ConfigurationFile, "watch", "hosts", "-interval", "1ms");
        Assert.NotNull(await process.StandardOutput.ReadLineAsync().WaitAsync(Patience));
        process.StandardOutput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal((141, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
    }

    [Fact]
    public async Task Watch_ends_well_when_it_is_interrupted()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        using Process process = Start("ctl", "-c", ConfigurationFile, "watch", "hosts", "-interval", "1h");
        Assert.NotNull(await process.StandardOutput.ReadLineAsync().WaitAsync(Patience));
        using Process kill = Process.Start("sh", ["-c", $"kill -INT {process.Id}"]);
        await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
    }

    private string MemoryConfiguration()
    {
        string file = Path.Combine(_folder, "memory.yaml");
        File.WriteAllText(file, $"state_dir: {_folder}/state\nstate: {{database: 'memory:'}}\n");
        return file;
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "sshgateway"), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    private static async Task<CtlResult> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new CtlResult(process.ExitCode, output, await error);
    }
}
