using System.Text;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>Commands that the helper runs as users.</summary>
[Collection("authd")]
public sealed class HelperCommandTests(AuthdFixture authd)
{
    private const string Shell = "/bin/sh";

    [RootFact]
    public async Task A_command_runs_as_the_user_with_his_groups_in_his_home_and_nothing_of_the_helpers()
    {
        (int status, string output, string error) = await RunAsync(
            "alice", "id -u; id -g; id -G; pwd; echo $USER $LOGNAME $HOME; cat; ls -l /proc/self/fd | wc -l; ulimit -c; trap; kill -l >/dev/null; cat /etc/shadow; echo \"$WORD/$LD_PRELOAD\"",
            ("WORD", "a b"), ("LD_PRELOAD", "/tmp/evil.so"), ("HOME", "/nowhere"));
        Assert.Equal(0, status);
        Assert.Equal(
            [
                "64001", "64001", "64001 64100", authd.Accounts.HomeOf("alice"), $"alice alice {authd.Accounts.HomeOf("alice")}",
                "5", "0", "a b/",
            ],
            output.TrimEnd('\n').Split('\n'));
        Assert.Contains("Permission denied", error, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Exit_statuses_and_signals_are_reported_as_a_shell_does()
    {
        Assert.Equal(7, (await RunAsync("alice", "exit 7")).Status);
        Assert.Equal(128 + 15, (await RunAsync("alice", "kill -TERM $$")).Status);
        Assert.Equal(128 + 13, (await RunAsync("alice", "kill -PIPE $$")).Status);
        await using IUserProcess missing = await authd.Helper.RunAsync(new UserCommand { User = "alice", Arguments = ["no-such-program"] }, default);
        (int status, _, string error) = await ReadAsync(missing);
        Assert.Equal(127, status);
        Assert.Contains("no-such-program: No such file", error, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Long_output_arrives_whole()
    {
        (int status, string output, _) = await RunAsync("alice", "seq 1 200000");
        Assert.Equal(0, status);
        Assert.Equal(string.Concat(Enumerable.Range(1, 200_000).Select(i => i + "\n")), output);
    }

    [RootFact]
    public async Task A_command_is_ended_with_all_it_has_started()
    {
        string started = authd.Accounts.HomeOf("alice") + "/started";
        IUserProcess process = await StartAsync("alice", $"trap '' TERM; sleep 1000 & echo $! > {started}.new; mv {started}.new {started}; wait");
        await AuthdFixture.WaitForFileAsync(started, "\n");
        int child = int.Parse((await File.ReadAllTextAsync(started)).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(IsSleeping(child));
        await process.DisposeAsync();
        long deadline = Environment.TickCount64 + (long)AuthdFixture.Patience.TotalMilliseconds;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (IsSleeping(child))
        {
            Assert.True(Environment.TickCount64 < deadline, "the command's child lives on");
            await timer.WaitForNextTickAsync();
        }
    }

    [RootFact]
    public async Task A_command_can_be_asked_to_end_and_has_a_limit()
    {
        await using (IUserProcess process = await StartAsync("alice", "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.1; done"))
        {
            byte[] buffer = new byte[100];
            UserOutput first = await process.ReadAsync(buffer, default);
            Assert.Equal("ready\n", Encoding.UTF8.GetString(buffer, 0, first.Count));
            await process.TerminateAsync();
            (int status, string output, _) = await ReadAsync(process);
            Assert.Equal((3, "bye\n"), (status, output));
        }

        await using IUserProcess limited = await authd.Helper.RunAsync(
            new UserCommand { User = "alice", Arguments = [Shell, "-c", "sleep 1000"], Limit = TimeSpan.FromMilliseconds(300) }, default);
        Assert.Equal(128 + 9, (await ReadAsync(limited)).Status);
    }

    [RootFact]
    public async Task Programs_that_the_configuration_does_not_name_are_refused()
    {
        foreach (string program in new[] { "/usr/bin/id", "sh", "/bin/../bin/sh" })
        {
            await Assert.ThrowsAsync<PrivilegedHelperException>(() => authd.Helper.RunAsync(new UserCommand { User = "alice", Arguments = [program] }, default));
        }

        await Assert.ThrowsAsync<PrivilegedHelperException>(() => authd.Helper.RunAsync(new UserCommand { User = "no-such-user", Arguments = [Shell] }, default));
    }

    private static bool IsSleeping(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim() == "sleep" && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<(int Status, string Output, string Error)> RunAsync(string user, string script, params (string Name, string Value)[] environment)
    {
        await using IUserProcess process = await StartAsync(user, script, environment);
        return await ReadAsync(process);
    }

    private Task<IUserProcess> StartAsync(string user, string script, params (string Name, string Value)[] environment) =>
        authd.Helper.RunAsync(
            new UserCommand { User = user, Arguments = [Shell, "-c", script], Environment = environment.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal) }, default);

    private static async Task<(int Status, string Output, string Error)> ReadAsync(IUserProcess process)
    {
        using var patience = new CancellationTokenSource(AuthdFixture.Patience);
        var texts = new Dictionary<UserStream, MemoryStream> { [UserStream.Output] = new(), [UserStream.Error] = new() };
        byte[] buffer = new byte[5000];
        while (await process.ReadAsync(buffer, patience.Token) is { Count: > 0 } piece) texts[piece.Stream].Write(buffer, 0, piece.Count);
        return (process.ExitStatus!.Value, Encoding.UTF8.GetString(texts[UserStream.Output].ToArray()), Encoding.UTF8.GetString(texts[UserStream.Error].ToArray()));
    }
}
