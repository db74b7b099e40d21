using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Clients;

/// <summary>
/// libssh2, as curl uses it. Version 1.10 knows neither an AEAD cipher nor an encrypt-then-MAC method, so the gateway's
/// configuration has to add what it offers to no one by default.
/// </summary>
public sealed class CurlTests(CurlTests.Bed bed) : IClassFixture<CurlTests.Bed>
{
    [Theory]
    [InlineData("sftp")]
    [InlineData("scp")]
    public async Task A_file_goes_up_and_comes_down(string scheme)
    {
        byte[] data = SampleData.Random(2_000_001);
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("curl");
            ProcessResult up = await CurlAsync(route, data, "-T", "-", $"{scheme}://127.0.0.1:{route.Port}{root}/file");
            ProcessResult down = await CurlAsync(route, default, $"{scheme}://127.0.0.1:{route.Port}{root}/file");
            return route.Outcome(down).With("up ", up).WithFolder("files", root);
        });
        Assert.Equal(("", data.Length), (direct.Text("stderr"), direct.Bytes("stdout").Length));
        Assert.Equal(data, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task A_folder_is_listed()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("curl-list");
            File.WriteAllText(Path.Combine(root, "a file"), "x");
            return route.Outcome(await CurlAsync(route, default, "-l", $"sftp://127.0.0.1:{route.Port}{root}/"));
        });
        Assert.Contains("a file\n", direct.Text("stdout"), StringComparison.Ordinal);
    }

    public sealed class Bed : TestBed
    {
        internal override string GatewayLines => "algorithms:\n  macs: [\"+hmac-sha2-256\", \"hmac-sha2-512\"]\n";
    }

    private Task<ProcessResult> CurlAsync(Route route, ReadOnlyMemory<byte> input, params string[] arguments)
    {
        // scp has no way to say a length it does not know: a file instead of the pipe.
        if (arguments is ["-T", "-", ..])
        {
            string file = Path.Combine(route.NewFolder("curl-input"), "file");
            File.WriteAllBytes(file, input.Span);
            arguments[1] = file;
        }

        string fingerprint = route.Fingerprints.First(key => key.Type == "ssh-ed25519").Fingerprint["SHA256:".Length..];
        return ChildProcess.RunAsync(
            "curl",
            [
                "-sS", "-u", $"{route.User}:", "--key", bed.UserKey.PrivateFile, "--pubkey", bed.UserKey.PublicFile,
                "--hostpubsha256", fingerprint, .. arguments,
            ]);
    }
}
