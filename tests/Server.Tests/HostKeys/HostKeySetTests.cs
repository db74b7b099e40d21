using System.Diagnostics;
using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Configuration;
using SshGateway.Server.HostKeys;
using Xunit;

namespace SshGateway.Server.Tests.HostKeys;

public sealed class HostKeySetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hostkeys").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_first_start_makes_keys_and_the_next_one_finds_them()
    {
        var configuration = new GatewayConfiguration { StateDir = Path.Combine(_folder, "state") };
        using HostKeySet unmade = await HostKeySet.LoadAsync(configuration, generate: false);
        Assert.Empty(unmade.Signers);
        using HostKeySet first = await HostKeySet.LoadAsync(configuration);
        using HostKeySet second = await HostKeySet.LoadAsync(configuration);
        Assert.Equal([KeyTypes.Ed25519, KeyTypes.Rsa], first.Signers.Select(signer => signer.PublicKey.KeyType));
        Assert.Equal(first.Signers.Select(signer => signer.PublicKey), second.Signers.Select(signer => signer.PublicKey));
        Assert.Empty(first.Warnings);
    }

    [Fact]
    public async Task A_certificate_signs_with_the_key_it_certifies()
    {
        using PrivateKey rsa = PrivateKey.GenerateRsa(), ed25519 = PrivateKey.GenerateEd25519(), authority = PrivateKey.GenerateEd25519();
        string certificate = await CertifyAsync(ed25519, authority, CertificateType.Host);
        using HostKeySet keys = await HostKeySet.LoadAsync(new GatewayConfiguration { HostKeys = [Write("rsa", rsa), Write("ed25519", ed25519)], HostCertificates = [certificate] });
        Assert.Equal([KeyTypes.Rsa, KeyTypes.Ed25519, "ssh-ed25519-cert-v01@openssh.com"], keys.Signers.Select(signer => signer.PublicKey.KeyType));
        byte[] signature = await keys.Signers[2].SignAsync("ssh-ed25519-cert-v01@openssh.com", new byte[] { 1, 2, 3 }, CancellationToken.None);
        Assert.True(ed25519.PublicKey.Verify(KeyTypes.Ed25519, [1, 2, 3], signature));
    }

    [Fact]
    public async Task A_certificate_that_does_not_fit_stops_the_start()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519(), other = PrivateKey.GenerateEd25519();
        string file = Write("key", key);
        foreach ((string certificate, string problem) in new[]
        {
            (await CertifyAsync(other, other, CertificateType.Host), "certifies none of the host keys"),
            (await CertifyAsync(key, other, CertificateType.User), "not a host certificate"),
            (WritePublic("plain.pub", key.PublicKey), "not a certificate"),
        })
        {
            KeyFileException e = await Assert.ThrowsAsync<KeyFileException>(() => HostKeySet.LoadAsync(new GatewayConfiguration { HostKeys = [file], HostCertificates = [certificate] }));
            Assert.Equal($"{certificate}: {problem}", e.Message);
        }
    }

    [Fact]
    public async Task An_expired_certificate_and_a_short_key_are_warned_about()
    {
        using PrivateKey rsa = PrivateKey.GenerateRsa(2048), authority = PrivateKey.GenerateEd25519();
        string certificate = await CertifyAsync(rsa, authority, CertificateType.Host, DateTimeOffset.UnixEpoch.AddYears(40));
        using HostKeySet keys = await HostKeySet.LoadAsync(new GatewayConfiguration { HostKeys = [Write("rsa", rsa)], HostCertificates = [certificate] });
        Assert.Collection(
            keys.Warnings,
            warning => Assert.Contains("has 2048 bits", warning, StringComparison.Ordinal),
            warning => Assert.Contains("it has expired", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_that_no_configured_algorithm_fits_stop_the_start()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519(), ecdsa = PrivateKey.GenerateEcdsa();
        string file = Write("key", key);
        var configuration = new GatewayConfiguration { HostKeys = [file], Algorithms = new AlgorithmConfiguration { HostKeys = "rsa-sha2-*,ecdsa-*" } };
        KeyFileException e = await Assert.ThrowsAsync<KeyFileException>(() => HostKeySet.LoadAsync(configuration));
        Assert.Contains("none of the host keys (ssh-ed25519) fits", e.Message, StringComparison.Ordinal);
        using HostKeySet keys = await HostKeySet.LoadAsync(configuration with { HostKeys = [file, Write("ecdsa", ecdsa)] });
        Assert.Contains("ssh-ed25519", Assert.Single(keys.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_holds_host_keys()
    {
        using PrivateKey key = PrivateKey.GenerateEd25519();
        string socket = Path.Combine(_folder, "agent"), file = Write("key", key);
        using Process agent = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        try
        {
            // It prints its variables once it listens.
            await agent.StandardOutput.ReadLineAsync();
            await Assert.ThrowsAsync<AgentException>(() => HostKeySet.LoadAsync(new GatewayConfiguration { HostKeys = ["agent:" + socket] }));
            using Process add = Process.Start("env", ["SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", file]);
            await add.WaitForExitAsync();
            File.Delete(file);
            using HostKeySet keys = await HostKeySet.LoadAsync(new GatewayConfiguration { HostKeys = ["agent:" + socket] });
            ISshSigner signer = Assert.Single(keys.Signers);
            Assert.IsNotType<PrivateKey>(signer);
            Assert.Equal(key.PublicKey, signer.PublicKey);
            byte[] signature = await signer.SignAsync(KeyTypes.Ed25519, new byte[] { 7 }, CancellationToken.None);
            Assert.True(key.PublicKey.Verify(KeyTypes.Ed25519, [7], signature));
        }
        finally
        {
            agent.Kill();
            await agent.WaitForExitAsync();
        }

        AgentException e = await Assert.ThrowsAsync<AgentException>(() => HostKeySet.LoadAsync(new GatewayConfiguration { HostKeys = ["agent:" + socket] }));
        Assert.Contains(socket, e.Message, StringComparison.Ordinal);
    }

    private async Task<string> CertifyAsync(PrivateKey key, PrivateKey authority, CertificateType type, DateTimeOffset? until = null)
    {
        var builder = new CertificateBuilder
        {
            Key = key.PublicKey,
            Type = type,
            KeyId = "gateway",
            Principals = ["gateway.example"],
            ValidAfter = DateTimeOffset.UnixEpoch,
            ValidBefore = until ?? DateTimeOffset.UnixEpoch.AddYears(200),
        };
        return WritePublic($"{Guid.NewGuid():n}-cert.pub", await builder.SignAsync(authority, CancellationToken.None));
    }

    private string Write(string name, PrivateKey key)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, key.ToOpenSshFile());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private string WritePublic(string name, PublicKey key)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, key + "\n");
        return path;
    }
}
