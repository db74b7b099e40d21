using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(FileCollection.Name)]
public sealed class GitTests(TestBed bed)
{
    [Fact]
    public async Task A_repository_is_cloned_changed_pushed_and_fetched()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("git");
            string bare = Path.Combine(root, "bare.git");
            string url = $"target:{bare}";
            (await GitAsync(route, root, "init", "-q", "--bare", "-b", "main", bare)).Succeeded();

            string first = Path.Combine(root, "first");
            (await GitAsync(route, root, "init", "-q", "-b", "main", first)).Succeeded();
            SampleData.WriteTree(first);
            (await GitAsync(route, first, "add", "-A")).Succeeded();
            (await GitAsync(route, first, "commit", "-q", "-m", "one")).Succeeded();
            ProcessResult pushed = await GitAsync(route, first, "push", "-q", url, "main");

            ProcessResult cloned = await GitAsync(route, root, "clone", "-q", url, "second");
            string second = Path.Combine(root, "second");
            File.WriteAllText(Path.Combine(second, "more"), "more\n");
            (await GitAsync(route, second, "add", "-A")).Succeeded();
            (await GitAsync(route, second, "commit", "-q", "-m", "two")).Succeeded();
            ProcessResult again = await GitAsync(route, second, "push", "-q");
            ProcessResult pulled = await GitAsync(route, first, "pull", "-q", "--ff-only", url, "main");
            ProcessResult rejected = await GitAsync(route, first, "push", "-q", url, "HEAD~1:main");
            return route.Outcome(pushed)
                .With("clone ", cloned)
                .With("push ", again)
                .With("pull ", pulled)
                .With("rejected", rejected.ExitStatus.ToString())
                .With("head ", await GitAsync(route, first, "rev-parse", "HEAD"))
                .With("bare ", await GitAsync(route, bare, "rev-parse", "main"))
                .With("check ", await GitAsync(route, bare, "fsck", "--strict"));
        });
        Assert.Equal(0, direct.Status);
        Assert.Equal("1", direct.Text("rejected"));
        Assert.Equal(direct.Text("head stdout"), direct.Text("bare stdout"));
    }

    private static Task<ProcessResult> GitAsync(Route route, string folder, params string[] arguments) =>
        ChildProcess.RunAsync(
            "git",
            arguments,
            environment: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["GIT_SSH_COMMAND"] = route.SshCommand,
                ["GIT_CONFIG_GLOBAL"] = "/dev/null",
                ["GIT_CONFIG_SYSTEM"] = "/dev/null",
                ["GIT_AUTHOR_NAME"] = "A",
                ["GIT_AUTHOR_EMAIL"] = "a@example.org",
                ["GIT_AUTHOR_DATE"] = "2026-01-01T00:00:00Z",
                ["GIT_COMMITTER_NAME"] = "A",
                ["GIT_COMMITTER_EMAIL"] = "a@example.org",
                ["GIT_COMMITTER_DATE"] = "2026-01-01T00:00:00Z",
            },
            folder: folder);
}
