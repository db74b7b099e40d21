using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A program that was started with three pipes; whoever disposes it ends it and what it has started.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ChildProcess(Process process, string command)
    {
        _process = process;
        Command = command;
    }

    public string Command { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Error => _process.StandardError.BaseStream;

    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        // No agent, display or locale of whoever runs the tests may decide what they see.
        foreach (string name in (string[])["SSH_AUTH_SOCK", "DISPLAY", "SSH_ASKPASS", "LANGUAGE", "GIT_SSH", "GIT_SSH_COMMAND"])
        {
            info.Environment.Remove(name);
        }

        info.Environment["LC_ALL"] = "C.UTF-8";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            info.Environment[name] = value;
        }

        string command = program + " " + string.Join(' ', info.ArgumentList);
        try
        {
            return new ChildProcess(Process.Start(info)!, command);
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"cannot start: {command}", exception);
        }
    }

    /// <summary>Runs a program to its end: input written and closed, both outputs read, all within the timeout.</summary>
    public static async Task<ProcessResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        ReadOnlyMemory<byte> input = default,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null,
        TimeSpan? timeout = null)
    {
        await using ChildProcess child = Start(program, arguments, environment, folder);
        Task feeding = child.FeedAsync(input);
        ProcessResult result = await child.CompleteAsync(timeout);
        await feeding;
        return result;
    }

    /// <summary>Writes the input and closes it. A program that ends without reading all of it is no error here.</summary>
    public async Task FeedAsync(ReadOnlyMemory<byte> input)
    {
        try
        {
            await Input.WriteAsync(input);
            await Input.FlushAsync();
        }
        catch (IOException)
        {
            // EPIPE: the program did not want the rest.
        }

        CloseInput();
    }

    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // EPIPE of what was still buffered.
        }
    }

    /// <summary>Reads both outputs to their end and waits for the exit.</summary>
    public async Task<ProcessResult> CompleteAsync(TimeSpan? timeout = null)
    {
        using var deadline = new CancellationTokenSource(timeout ?? DefaultTimeout);
        var output = new MemoryStream();
        var error = new MemoryStream();
        try
        {
            await Task.WhenAll(Output.CopyToAsync(output, deadline.Token), Error.CopyToAsync(error, deadline.Token));
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException(
                $"not done in time: {Command}\nstdout: {Printable.Text(output.ToArray())}\nstderr: {Printable.Text(error.ToArray())}",
                exception);
        }

        return new ProcessResult(Command, _process.ExitCode, output.ToArray(), error.ToArray());
    }

    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null)
    {
        await _process.WaitForExitAsync().WaitAsync(timeout ?? DefaultTimeout);
        return _process.ExitCode;
    }

    /// <summary>Reads the standard output until it ends with or contains the text; returns everything read.</summary>
    public async Task<string> ReadUntilAsync(string text, TimeSpan? timeout = null)
    {
        using var deadline = new CancellationTokenSource(timeout ?? DefaultTimeout);
        var seen = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            int count;
            try
            {
                count = await Output.ReadAsync(buffer, deadline.Token);
            }
            catch (OperationCanceledException exception)
            {
                throw new TimeoutException($"'{text}' did not come from {Command}; so far: {seen}", exception);
            }

            if (count == 0)
            {
                throw new InvalidOperationException($"the output of {Command} ended before '{text}': {seen}\n{await ReadErrorAsync()}");
            }

            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return seen.ToString();
    }

    public async Task WriteAsync(string text)
    {
        await Input.WriteAsync(Encoding.UTF8.GetBytes(text));
        await Input.FlushAsync();
    }

    /// <summary>Sends a signal to this one process.</summary>
    public void Signal(int number) => NativeMethods.Kill(_process.Id, number);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<string> ReadErrorAsync()
    {
        using var reader = new StreamReader(Error);
        return await reader.ReadToEndAsync();
    }
}
