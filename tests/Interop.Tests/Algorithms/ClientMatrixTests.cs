using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>The OpenSSH client against the gateway: every key exchange, cipher, MAC, host key and user key, in pairs of each with each.</summary>
[Collection(ClientMatrixCollection.Name)]
public sealed class ClientMatrixTests(ClientMatrixBed bed)
{
    private static readonly byte[] Data = SampleData.Random(100_000);

    [GatewayFact]
    public async Task A_client_that_speaks_only_this_is_served()
    {
        await RunAsync(AlgorithmRow.Pairs(
            await AlgorithmNames.KnownKexAsync("ssh"), AlgorithmNames.HostKeys, [.. AlgorithmNames.UserKeys, .. AlgorithmNames.SecurityKeys]), "ssh");
    }

    [OpenSsh10Fact]
    public async Task The_key_exchanges_of_openssh_10_work_with_every_cipher()
    {
        IReadOnlyList<string> newer = [.. (await AlgorithmNames.KnownKexAsync(OpenSsh10.Ssh)).Except(await AlgorithmNames.KnownKexAsync("ssh"))];
        Assert.Contains("mlkem768x25519-sha256", newer);
        await RunAsync(
            [
                .. from kex in newer
                   from cipher in AlgorithmNames.Ciphers
                   select new AlgorithmRow(kex, cipher.Cipher, cipher.Mac, "ssh-ed25519", "ssh-ed25519"),
            ],
            OpenSsh10.Ssh);
    }

    [GatewayFact]
    public async Task Compression_begins_after_authentication()
    {
        byte[] data = [.. SampleData.Random(50_000), .. new byte[200_000], .. SampleData.Random(50_000, 2)];
        await MatrixRun.AllAsync(AlgorithmNames.Ciphers, async cipher =>
        {
            var row = new AlgorithmRow("curve25519-sha256", cipher.Cipher, cipher.Mac, "ssh-ed25519", "ssh-ed25519");
            ProcessResult result = await bed.RunAsync("ssh", row, data, "Compression=yes");
            Assert.True(result.ExitStatus == 7, result.ToString());
            Assert.Equal(data, result.Output);
            Assert.Contains("compression: zlib@openssh.com", result.ErrorText, StringComparison.Ordinal);
            Assert.Contains("debug1: Enabling compression at level", result.ErrorText, StringComparison.Ordinal);
        });
    }

    private static string AcceptedLine(ProcessResult result) =>
        result.ErrorText.Split('\n').First(line => line.Contains("Server accepts key: ", StringComparison.Ordinal));

    private async Task RunAsync(IReadOnlyList<AlgorithmRow> rows, string ssh)
    {
        await MatrixRun.AllAsync(rows, async row =>
        {
            ProcessResult result = await bed.RunAsync(ssh, row, Data);
            Assert.True(result.ExitStatus == 7, result.ToString());
            Assert.Equal(Data, result.Output);

            // What was asked for is what was used, as the client saw it.
            Assert.Contains($"kex: algorithm: {row.Kex}\r\n", result.ErrorText, StringComparison.Ordinal);
            Assert.Contains($"kex: host key algorithm: {row.HostKey}\r\n", result.ErrorText, StringComparison.Ordinal);
            Assert.Contains($"kex: server->client cipher: {row.Cipher} MAC: {row.Mac ?? "<implicit>"} ", result.ErrorText, StringComparison.Ordinal);
            Assert.Equal(AlgorithmNames.IsCertificate(row.UserKey), AcceptedLine(result).Contains("-CERT ", StringComparison.Ordinal));
        });

        // And as the gateway's log has it for its operators.
        foreach (AlgorithmRow row in rows)
        {
            bool postQuantum = row.Kex.Contains("mlkem", StringComparison.Ordinal) || row.Kex.Contains("sntrup", StringComparison.Ordinal);
            await bed.Open.WaitForLogAsync($" kex={row.Kex} hostkey={row.HostKey} cipher={row.Cipher} mac={row.Mac} strict=True pq={postQuantum}");
        }
    }
}
