using System.Diagnostics;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests;

/// <summary>What only the real program with real standard streams can show.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_reader_that_leaves_ends_it_without_a_word_even_when_following()
    {
        string file = new DumpBytes().Output(1, new string('x', 1_000_000)).ToFile(_folder.Path);
        (int status, string output, string errors) = await ShellAsync("\"$0\" -follow \"$1\" | head -1; exit 7", file);
        Assert.Equal((7, $"===> opening {file}\n", ""), (status, output, errors));
    }

    [Fact]
    public async Task Output_and_errors_share_a_file_without_overwriting_each_other()
    {
        string file = new DumpBytes()
            .Output(0, "one ").Add(0, DumpDescriptor.ErrorOutput, "two ").Output(0, "three ").Add(0, DumpDescriptor.ErrorOutput, "four").ToFile(_folder.Path);
        Assert.Equal(0, (await ShellAsync("\"$0\" -replay \"$1\" >\"$1.log\" 2>&1", file)).Status);
        Assert.EndsWith("\none two three four", await File.ReadAllTextAsync(file + ".log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_an_error()
    {
        (int status, _, string errors) = await ShellAsync("\"$0\" \"$1\" >/dev/full", new DumpBytes().ToFile(_folder.Path));
        Assert.Equal(1, status);
        Assert.Contains("No space left", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_read_from_a_pipe()
    {
        (int status, string output, _) = await ShellAsync("cat \"$1\" | \"$0\" -", new DumpBytes().Output(1, "piped").ToFile(_folder.Path));
        Assert.Equal(0, status);
        Assert.Contains("|piped|", output, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output, string Errors)> ShellAsync(string script, string file)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "sshgateway-replay");
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", script, program, file])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, errors).WaitAsync(Timeout);
        await process.WaitForExitAsync().WaitAsync(Timeout);
        return (process.ExitCode, await output, await errors);
    }
}
