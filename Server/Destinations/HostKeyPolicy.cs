using System.Net;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Configuration;
using HostKeyVerdict = SshGateway.Protocol.Keys.Trust.HostKeyCheck;

namespace SshGateway.Server.Destinations;

/// <summary>Judges the host keys of destinations by <c>destination.known_hosts</c> and <c>host_key_check</c>.</summary>
internal sealed class HostKeyPolicy(DestinationConfiguration configuration, KnownHostsFiles files)
{
    private readonly bool _isOff = configuration.HostKeyCheck == Configuration.HostKeyCheck.Off;

    /// <summary>Why the last key was refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The key types known for the host: asking for them first avoids a key we could not judge.</summary>
    /// <exception cref="DestinationException">The files cannot be read: then no key can be trusted.</exception>
    public IReadOnlyList<string> KnownAlgorithms(HostEndpoint host) => _isOff ? [] : Read(host).AlgorithmsFor(host.Host, host.Port);

    /// <summary>Whether the host's key is trusted; a new one is stored where the policy is accept-new.</summary>
    public async ValueTask<bool> JudgeAsync(HostEndpoint host, IPAddress? address, PublicKey key, CancellationToken cancellationToken)
    {
        if (_isOff) return true;
        HostKeyVerdict verdict = Read(host).Check(host.Host, host.Port, key, address);
        bool mayStore = configuration.HostKeyCheck == Configuration.HostKeyCheck.AcceptNew && configuration.KnownHosts.Count > 0;
        if (verdict.Status == HostKeyStatus.Unknown && verdict.Expected.Count == 0 && mayStore)
            verdict = await KnownHostsFiles.AddAsync(configuration.KnownHosts[^1], host.Host, host.Port, key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (verdict.Status == HostKeyStatus.Trusted) return true;
        Refusal = Describe(host, key, verdict);
        return false;
    }

    private static string Describe(HostEndpoint host, PublicKey key, HostKeyVerdict verdict)
    {
        string shown = $"{key.KeyType} {key.Fingerprint}";
        string expected = string.Join(", ", verdict.Expected.Select(entry => $"{entry.KeyType} {entry.Fingerprint} ({entry.File}:{entry.Line})"));
        return verdict.Status switch
        {
            HostKeyStatus.Revoked => $"the host key of {host} is revoked: {shown}",
            HostKeyStatus.Unknown when expected.Length == 0 => $"the host key of {host} is not known: {shown}{(verdict.Problem is { } problem ? $" ({problem})" : "")}",
            _ => $"the host key of {host} does not match: it shows {shown}, known is {expected}",
        };
    }

    private KnownHosts Read(HostEndpoint host)
    {
        try
        {
            return files.Current;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DestinationException(FailureKind.Local, $"{host}: the known hosts cannot be read: {e.Message}", e);
        }
    }
}
