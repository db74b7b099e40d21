using System.Net;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Configuration;
using SshGateway.Storage.State;
using HostKeyVerdict = SshGateway.Protocol.Keys.Trust.HostKeyCheck;

namespace SshGateway.Server.Destinations;

/// <summary>Judges the host keys of destinations by <c>destination.known_hosts</c> and <c>host_key_check</c>.</summary>
/// <param name="configuration">Which files, and what to do with a key that is in none of them.</param>
/// <param name="files">The files; they come first.</param>
/// <param name="learned">The keys that gateways learned, where the policy is accept-new.</param>
internal sealed class HostKeyPolicy(DestinationConfiguration configuration, KnownHostsFiles files, LearnedHostKeys learned)
{
    private readonly bool _isOff = configuration.HostKeyCheck == Configuration.HostKeyCheck.Off;
    private readonly bool _learns = configuration.HostKeyCheck == Configuration.HostKeyCheck.AcceptNew;

    /// <summary>Why the last key was refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The key types known for the host: asking for them first avoids a key we could not judge.</summary>
    /// <exception cref="DestinationException">The files cannot be read: then no key can be trusted.</exception>
    public async ValueTask<IReadOnlyList<string>> KnownAlgorithmsAsync(HostEndpoint host, CancellationToken cancellationToken)
    {
        if (_isOff) return [];
        IReadOnlyList<string> algorithms = Read(host).AlgorithmsFor(host.Host, host.Port);
        if (algorithms.Count > 0 || !_learns) return algorithms;
        return (await learned.FindAsync(host, cancellationToken).ConfigureAwait(false)).AlgorithmsFor(host.Host, host.Port);
    }

    /// <summary>Whether the host's key is trusted; a new one is learned where the policy is accept-new.</summary>
    public async ValueTask<bool> JudgeAsync(HostEndpoint host, IPAddress? address, PublicKey key, CancellationToken cancellationToken)
    {
        if (_isOff) return true;
        HostKeyVerdict verdict = Read(host).Check(host.Host, host.Port, key, address);
        if (_learns && verdict.Status == HostKeyStatus.Unknown && verdict.Expected.Count == 0)
        {
            try
            {
                verdict = (await learned.AddAsync(host, key, cancellationToken).ConfigureAwait(false)).Check(host.Host, host.Port, key, address);
            }
            catch (StateStoreException e)
            {
                Refusal = $"the host key of {host} cannot be looked up or learned: {e.Message}";
                return false;
            }
        }

        if (verdict.Status == HostKeyStatus.Trusted) return true;
        Refusal = Describe(host, key, verdict);
        return false;
    }

    private static string Describe(HostEndpoint host, PublicKey key, HostKeyVerdict verdict)
    {
        string shown = $"{key.KeyType} {key.Fingerprint}";
        string expected = string.Join(", ", verdict.Expected.Select(entry => $"{entry.KeyType} {entry.Fingerprint} ({Origin(entry)})"));
        return verdict.Status switch
        {
            HostKeyStatus.Revoked => $"the host key of {host} is revoked: {shown}",
            HostKeyStatus.Unknown when expected.Length == 0 => $"the host key of {host} is not known: {shown}{(verdict.Problem is { } problem ? $" ({problem})" : "")}",
            _ => $"the host key of {host} does not match: it shows {shown}, known is {expected}",
        };
    }

    private static string Origin(KnownHostKey entry) => entry.File == LearnedHostKeys.Origin
        ? "learned; sshgatewayctl forget known_hosts if it was changed on purpose"
        : $"{entry.File}:{entry.Line}";

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
