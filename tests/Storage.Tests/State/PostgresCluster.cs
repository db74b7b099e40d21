using System.Diagnostics;
using Npgsql;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>A private PostgreSQL server on a Unix socket in a temporary folder.</summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("sgpg").FullName;
    private readonly string _data;
    private Process? _server;
    private int _databases;

    public PostgresCluster() => _data = Path.Combine(_folder, "data");

    /// <param name="data">Where its data are, for a file system of their own. The folder is made; its parent must let PostgreSQL's user in.</param>
    internal PostgresCluster(string data) => _data = data;

    internal static bool IsInstalled => Directory.Exists("/usr/lib/postgresql") && Directory.GetDirectories("/usr/lib/postgresql").Length > 0;

    internal string Folder => _folder;

    private static string Programs => Directory.GetDirectories("/usr/lib/postgresql")
        .Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Max(StringComparer.Ordinal)
        ?? throw new FileNotFoundException("PostgreSQL is not installed (Debian package postgresql)");

    private static bool IsRoot => Environment.UserName == "root";

    public async Task InitializeAsync()
    {
        if (!IsInstalled) return; // tests of projects that can do without it skip themselves
        await OwnAsync();
        await RunAsUserAsync(Path.Combine(Programs, "initdb"), "-D", _data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N");
        await StartAsync();
    }

    /// <summary>A standby of another cluster, which follows it and may only be read.</summary>
    internal async Task FollowAsync(PostgresCluster primary)
    {
        await OwnAsync();
        await RunAsUserAsync(Path.Combine(Programs, "pg_basebackup"), "-h", primary._folder, "-U", "tester", "-D", _data, "-R", "-X", "stream", "-c", "fast");
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public string ConnectionString(string database) => $"Host={_folder};Username=tester;Database={database}";

    public async Task<string> CreateDatabaseAsync()
    {
        string name = "state" + Interlocked.Increment(ref _databases);
        await ExecuteAsync("postgres", $"create database {name}");
        return name;
    }

    public async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(database) + ";Pooling=false;Timeout=30");
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of each row.</summary>
    public async Task<IReadOnlyList<string>> QueryAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString(database) + ";Pooling=false;Timeout=30");
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(reader.IsDBNull(0) ? "" : Convert.ToString(reader.GetValue(0))!);
        return rows;
    }

    public async Task StartAsync()
    {
        _server = Start(
            AsUser(Path.Combine(Programs, "postgres"), "-D", _data, "-k", _folder, "-c", "listen_addresses=", "-c", "fsync=off",
                "-c", "full_page_writes=off", "-c", "max_connections=200"));
        _server.OutputDataReceived += (_, _) => { };
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        // initdb and the server itself write this file; the last line says ready.
        long deadline = Stopwatch.GetTimestamp();
        string pidFile = Path.Combine(_data, "postmaster.pid");
        while (!IsReady(pidFile))
        {
            Assert.False(_server.HasExited, "PostgreSQL did not start");
            Assert.True(Stopwatch.GetElapsedTime(deadline) < Patience, "PostgreSQL did not get ready");
            await Task.Delay(20);
        }
    }

    /// <summary>An orderly, fast shutdown: connections are cut.</summary>
    public async Task StopAsync()
    {
        if (_server is not { } server) return;
        await RunAsync("kill", "-INT", server.Id.ToString());
        await server.WaitForExitAsync().WaitAsync(Patience);
        server.Dispose();
        _server = null;
    }

    /// <summary>Nothing answers any more, and no connection is closed.</summary>
    public Task FreezeAsync() => RunAsync("kill", ["-STOP", .. Processes()]);

    public Task ThawAsync() => RunAsync("kill", ["-CONT", .. Processes()]);

    private async Task OwnAsync()
    {
        if (!IsRoot) return;
        await RunAsync("chown", "nobody:nogroup", _folder);
        // Whoever made the folder of the data gives it away.
        if (Directory.Exists(_data)) await RunAsync("chown", "nobody:nogroup", _data);
    }

    private static bool IsReady(string pidFile)
    {
        try
        {
            string state = File.ReadAllText(pidFile).TrimEnd();
            return state.EndsWith("ready", StringComparison.Ordinal) || state.EndsWith("standby", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string[] Processes()
    {
        string parent = _server!.Id.ToString();
        IEnumerable<string> children = Directory.GetDirectories("/proc").Select(Path.GetFileName).OfType<string>().Where(n => char.IsAsciiDigit(n[0]))
            .Where(pid => ParentOf(pid) == parent);
        return [parent, .. children];
    }

    private static string? ParentOf(string pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static string[] AsUser(params string[] command) =>
        IsRoot ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command] : command;

    private static Task RunAsUserAsync(params string[] command)
    {
        string[] all = AsUser(command);
        return RunAsync(all[0], all[1..]);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Start([program, .. arguments]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, $"{program}: {await output}{await errors}");
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        return Process.Start(start)!;
    }
}

[CollectionDefinition(nameof(PostgresCluster))]
public sealed class PostgresCollection : ICollectionFixture<PostgresCluster>;
