using System.Diagnostics;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Resilience;
using SshGateway.Storage.State.Sqlite;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>The file is shared with other processes, and disks fill up.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("sgstate").FullName;

    private string Database => Path.Combine(_folder, "state.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_another_process_changes_is_seen()
    {
        await using var store = new SqliteStateStore(Database);
        await store.PutHostCheckAsync("a:22", true, "", default);
        await using var watch = await WatchedChanges.StartAsync(store);

        await RunPythonAsync("connection.execute(\"update host set state = 'disabled' where host = 'a:22'\"); connection.commit()");

        Assert.Equal("a:22", (await watch.NextAsync(StateChangeKind.Hosts)).Key);
        Assert.Equal(HostState.Disabled, (await store.GetHostsAsync(default)).Single().State);
    }

    [Fact]
    public async Task Another_process_may_hold_the_lock_for_a_while()
    {
        await using var store = new SqliteStateStore(Database);
        await store.PutHostCheckAsync("a:22", true, "", default);

        Task other = RunPythonAsync(
            "connection.execute('begin immediate'); print('locked', flush=True); time.sleep(1); connection.execute(\"update host set reason = 'x'\"); connection.commit()",
            () => store.BeginConnectionAsync(Login("1"), default));
        await other;

        Assert.Single(await store.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task The_views_are_there_for_other_programs()
    {
        await using var store = new SqliteStateStore(Database);
        await store.BeginConnectionAsync(Login("1") with { Persist = TimeSpan.FromHours(1) }, default);
        await store.PutHostCheckAsync("a:22", true, "", default);
        await store.RenewLeaseAsync(new GatewayRecord("one", "0.1.0", [], DateTimeOffset.UtcNow), TimeSpan.FromMinutes(1), default);

        await RunPythonAsync(
            """
            for view in ('connections', 'hosts', 'users', 'groups', 'persist', 'gateways', 'events', 'recordings', 'error_banner'):
                rows = connection.execute('select * from ' + view).fetchall()
                assert bool(rows) == (view not in ('events', 'recordings', 'error_banner')), view
            """);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await using (var store = new SqliteStateStore(Database)) await store.GetHostsAsync(default);
        await RunPythonAsync("connection.execute(\"insert into migration (number, name) values (99, 'future')\"); connection.commit()");

        await using var late = new SqliteStateStore(Database);
        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(() => late.GetHostsAsync(default));
        Assert.Contains("schema version 99", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_an_outage_with_its_reason()
    {
        await File.WriteAllTextAsync(Database, string.Concat(Enumerable.Repeat("this is not a database\n", 100)));
        await using var store = new SqliteStateStore(Database);
        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(() => store.GetHostsAsync(default));
        Assert.True(exception.IsOutage);
        Assert.Contains("not a database", exception.Message, StringComparison.Ordinal);
    }

    [TmpfsFact]
    public async Task A_full_disk_keeps_nobody_out_and_is_recovered_from()
    {
        await using TmpfsMount mount = await TmpfsMount.CreateAsync(_folder, 512);
        using var recovered = new SemaphoreSlim(0);
        string filler = Path.Combine(mount.Folder, "filler");
        await using var store = new ResilientStateStore(new SqliteStateStore(Path.Combine(mount.Folder, "state.db")), new ResilienceOptions
        {
            Timeout = TimeSpan.FromSeconds(30),
            ProbeInterval = TimeSpan.FromMilliseconds(200),
            AvailabilityChanged = problem =>
            {
                if (problem is null) recovered.Release();
            },
        });
        await store.RenewLeaseAsync(new GatewayRecord("one", "0.1.0", [], DateTimeOffset.UtcNow), TimeSpan.FromMinutes(10), default);
        await store.BeginConnectionAsync(Login("1"), default);
        TmpfsMount.Fill(filler);

        int logins = 1;
        while (store.Status.IsAvailable)
        {
            LoginDecision decision = await store.BeginConnectionAsync(Login((++logins).ToString()), default);
            Assert.Equal(LoginOutcome.Chosen, decision.Outcome);
            Assert.InRange(logins, 1, 5000);
        }
        Assert.Contains("full", store.Status.Problem, StringComparison.Ordinal);
        File.Delete(filler);
        Assert.True(await recovered.WaitAsync(Patience));

        Assert.Equal(logins, (await store.GetConnectionsAsync(default)).Count);
    }

    private async Task RunPythonAsync(string code, Func<Task>? whenLocked = null)
    {
        var start = new ProcessStartInfo("python3", ["-c", $"import sqlite3, sys, time\nconnection = sqlite3.connect(sys.argv[1], timeout=30)\n{code}", Database])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        if (whenLocked is not null)
        {
            Assert.Equal("locked", await process.StandardOutput.ReadLineAsync());
            await whenLocked();
        }
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, errors);
    }

    private static LoginRequest Login(string id) => new()
    {
        Connection = new ConnectionRecord
        {
            Id = id,
            Gateway = "one",
            User = "alice",
            Groups = ["hpc"],
            Service = "login",
            Client = "192.0.2.1:4711",
            From = "127.0.0.1:22",
            Start = DateTimeOffset.UtcNow,
            Details = new Dictionary<string, string> { ["x"] = new string('x', 300) },
        },
        Candidates = ["a:22"],
        IsSticky = true,
        Rank = candidates => candidates,
    };
}
