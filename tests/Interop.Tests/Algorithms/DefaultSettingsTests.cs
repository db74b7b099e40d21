using SshGateway.Interop.Tests.Clients;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>
/// Programs and libraries that others wrote, told nothing but host, port, user and key, against a gateway that is told nothing
/// about algorithms; and such servers behind it.
/// </summary>
[Collection(ClientMatrixCollection.Name)]
public sealed class DefaultSettingsTests(ClientMatrixBed bed)
{
    private const string Command = "echo $((6 * 7)); exit 7";

    private static readonly string[] AllKeys = ["ssh-ed25519", "rsa-sha2-512", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

    /// <summary>Each program with the key exchange that it and the gateway come to.</summary>
    public static TheoryData<string, string> Clients => new()
    {
        { "ssh", "sntrup761x25519-sha512" },
        { "plink", "sntrup761x25519-sha512@openssh.com" },
        { "dbclient", "curve25519-sha256" },
        { "paramiko", "curve25519-sha256@libssh.org" },
        { "asyncssh", "curve25519-sha256" },
    };

    [GatewayTheory]
    [MemberData(nameof(Clients))]
    public async Task A_client_connects_with_each_type_of_key(string client, string kex)
    {
        int from = bed.GatewayProcess!.Log.Count;
        await MatrixRun.AllAsync(AllKeys, async algorithm =>
        {
            ProcessResult result = await RunAsync(client, WithoutCertificate(client, bed.UserKeys.For(algorithm)));
            Assert.True((result.ExitStatus, result.OutputText) == (7, "42\n"), $"{result}\n{bed.GatewayProcess.LogTail()}");
        });
        await bed.GatewayProcess.WaitForLogAsync($" kex={kex} ", from);
    }

    [OpenSsh10Fact]
    public async Task OpenSSH_10_connects_with_ML_KEM_and_has_nothing_to_warn_of()
    {
        int from = bed.GatewayProcess!.Log.Count;
        string config = bed.Folder.Write(
            "openssh10_config", $"IdentityFile {bed.UserKey.PrivateFile}\nUserKnownHostsFile {bed.Gateway.KnownHosts}\nBatchMode yes\n");
        ProcessResult result = await ChildProcess.RunAsync(
            OpenSsh10.Ssh, ["-F", config, "-p", bed.Gateway.Port.ToString(), $"{bed.Gateway.User}@127.0.0.1", Command]);
        Assert.Equal((7, "42\n", ""), (result.ExitStatus, result.OutputText, result.ErrorText));
        await bed.GatewayProcess.WaitForLogAsync(" kex=mlkem768x25519-sha256 hostkey=ssh-ed25519 cipher=aes128-gcm@openssh.com mac= strict=True pq=True", from);
    }

    [GatewayTheory]
    [InlineData("paramiko", "curve25519-sha256@libssh.org")]
    [InlineData("asyncssh", "curve25519-sha256")]
    public async Task A_library_s_server_is_reached(string library, string kex)
    {
        int port = LoopbackPort.Free();
        await using ServerProcess server = await ServerProcess.StartAsync(
            Python.Interpreter, [Python.Script("cat_server.py"), library, port.ToString(), bed.DestinationHostKeys[0].PrivateFile, bed.AuthorizedKeys], port);
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(bed.Folder, bed.DestinationOptions(port, [bed.DestinationHostKeys[0].PublicText]));
        Route route = bed.RouteThrough(gateway, $"to-{library}");
        byte[] data = SampleData.Random(200_000);
        ProcessResult result = await route.SshAsync(["target", "cat"], data);
        Assert.True(result.ExitStatus == 7, $"{result}\n{gateway.LogTail()}\n{server.LogText}");
        Assert.Equal(data, result.Output);
        await gateway.WaitForLogAsync($" kex={kex} hostkey=ssh-ed25519 ");
    }

    [GatewayFact]
    public async Task Ssh_audit_finds_nothing_that_fails()
    {
        // The level 'fail' alone; the status is that of the worst of everything, also of curve25519, which is no post-quantum method.
        ProcessResult result = await ChildProcess.RunAsync("ssh-audit", ["-n", "-v", $"127.0.0.1:{bed.Gateway.Port}"]);
        Assert.Contains("(kex) mlkem768x25519-sha256", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("(key) ssh-ed25519", result.OutputText, StringComparison.Ordinal);
        string[] failed = [.. result.OutputText.Split('\n').Where(line => line.Contains("[fail]", StringComparison.Ordinal))];
        Assert.True(failed.Length == 0, string.Join('\n', failed));
    }

    /// <summary>A copy: the libraries would offer the certificate beside the key, whose authority this gateway does not know.</summary>
    private KeyPair WithoutCertificate(string client, KeyPair key)
    {
        string name = $"{client}/{Path.GetFileName(key.PrivateFile)}";
        bed.Folder.Write(name + ".pub", File.ReadAllText(key.PublicFile));
        return new KeyPair(bed.Folder.Write(name, File.ReadAllText(key.PrivateFile), secret: true));
    }

    private Task<ProcessResult> RunAsync(string client, KeyPair key) => client switch
    {
        "ssh" => SshAsync(key),
        "plink" => PlinkAsync(key),
        "dbclient" => DropbearClient.RunAsync(key, bed.Folder, bed.Gateway, Command),
        _ => Python.RunAsync("run_command.py", client, bed.Gateway.Port.ToString(), bed.Gateway.User, key.PrivateFile, bed.Gateway.KnownHosts, Command),
    };

    private Task<ProcessResult> SshAsync(KeyPair key)
    {
        string config = bed.Folder.Write(
            $"default_config_{Path.GetFileName(key.PrivateFile)}", $"UserKnownHostsFile {bed.Gateway.KnownHosts}\nIdentitiesOnly yes\nBatchMode yes\n");
        return ChildProcess.RunAsync("ssh", ["-F", config, "-i", key.PrivateFile, "-p", bed.Gateway.Port.ToString(), $"{bed.Gateway.User}@127.0.0.1", Command]);
    }

    private async Task<ProcessResult> PlinkAsync(KeyPair key)
    {
        string home = bed.Folder.NewFolder("plink");
        string converted = Path.Combine(home, "key.ppk");
        (await ChildProcess.RunAsync("puttygen", [key.PrivateFile, "-O", "private", "-o", converted])).Succeeded();
        IEnumerable<string> hostKeys = bed.Gateway.Fingerprints.SelectMany(known => (string[])["-hostkey", known.Fingerprint]);
        return await ChildProcess.RunAsync(
            "plink",
            ["-batch", "-P", bed.Gateway.Port.ToString(), "-i", converted, .. hostKeys, $"{bed.Gateway.User}@127.0.0.1", Command],
            default,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home });
    }
}
