using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>What a client left: its exit status (128 + n after signal n) and both outputs, byte for byte.</summary>
internal sealed record ProcessResult(string Command, int ExitStatus, byte[] Output, byte[] Error)
{
    public string OutputText => Encoding.UTF8.GetString(Output);

    public string ErrorText => Encoding.UTF8.GetString(Error);

    /// <summary>For steps that prepare a test: anything but status 0 ends it with both outputs shown.</summary>
    public ProcessResult Succeeded() => ExitStatus == 0 ? this : throw new InvalidOperationException(ToString());

    public override string ToString() =>
        $"{Command}\nexit status {ExitStatus}\nstdout: {Printable.Text(Output)}\nstderr: {Printable.Text(Error)}";
}
