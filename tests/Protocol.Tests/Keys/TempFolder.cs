using System.Diagnostics;
using Xunit;

namespace SshGateway.Protocol.Tests.Keys;

/// <summary>A folder for one test, with the commands of OpenSSH run inside it.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sshgateway-keys-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public byte[] Read(string name) => File.ReadAllBytes(this[name]);

    public string ReadText(string name) => File.ReadAllText(this[name]);

    public string Write(string name, byte[] content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.WriteAllBytes(this[name], content);
        File.SetUnixFileMode(this[name], mode);
        return this[name];
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Runs a command here that must succeed; returns what it printed.</summary>
    public string Run(string command, params string[] arguments)
    {
        (int status, string output, string error) = TryRun(command, arguments);
        Assert.True(status == 0, $"{command} {string.Join(' ', arguments)} ended with {status}: {output}{error}");
        return output;
    }

    public (int Status, string Output, string Error) TryRun(string command, params string[] arguments) => RunWithInput("", command, arguments);

    public (int Status, string Output, string Error) RunWithInput(string input, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = Path,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
