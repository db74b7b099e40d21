using SshGateway.Protocol.Keys;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.HostKeys;

/// <summary>The gateway's host keys, and the certificates of some of them.</summary>
internal sealed class HostKeySet : IDisposable
{
    /// <summary>A smaller RSA key still works, with a warning.</summary>
    private const int MinRsaBits = 3072;

    private readonly List<Item> _items = [];
    private readonly List<string> _warnings = [];

    private HostKeySet()
    {
    }

    /// <summary>Certificates stand behind the keys; a client chooses by what it lists.</summary>
    public IReadOnlyList<ISshSigner> Signers => [.. _items.Select(item => item.Signer)];

    /// <summary>The keys and certificates with the files or agents they come from.</summary>
    public IEnumerable<(PublicKey Key, string Source)> Sources => _items.Select(item => (item.Signer.PublicKey, item.Source));

    /// <summary>What is not as it should be but does no harm to others.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Loads every host key and certificate of the configuration; a first start generates keys.</summary>
    /// <param name="configuration">Its host_keys, host_certificates and algorithms.host_keys.</param>
    /// <param name="generate">False: keys that a first start would make are left out, nothing is written.</param>
    /// <exception cref="KeyFileException">A file cannot be read or is not what it should be, or nothing could be offered.</exception>
    /// <exception cref="Protocol.Agent.AgentException">An agent cannot be used.</exception>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public static async Task<HostKeySet> LoadAsync(GatewayConfiguration configuration, bool generate = true)
    {
        var set = new HostKeySet();
        try
        {
            IReadOnlyList<string> sources = configuration.HostKeys.Count > 0 ? configuration.HostKeys : GeneratedHostKeys.Files(configuration.StateDir, generate);
            foreach (string source in sources) await set.AddKeysAsync(source).ConfigureAwait(false);
            foreach (string file in configuration.HostCertificates) set.AddCertificate(file);
            if (set._items.Count > 0) set.CheckOffer(configuration.Algorithms);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (Item item in _items) (item.Signer as IDisposable)?.Dispose();
    }

    private async Task AddKeysAsync(string source)
    {
        const string agent = "agent:";
        if (!source.StartsWith(agent, StringComparison.Ordinal))
        {
            Add(PrivateKey.Load(source), source);
            return;
        }

        foreach (AgentKey key in await AgentKey.ListAsync(source[agent.Length..]).ConfigureAwait(false)) Add(key, source);
    }

    private void Add(ISshSigner signer, string source)
    {
        _items.Add(new Item(signer, source));
        if (signer.PublicKey.RsaBits is > 0 and < MinRsaBits)
            _warnings.Add($"the host key {source} has {signer.PublicKey.RsaBits} bits: use an RSA key of at least {MinRsaBits}");
    }

    private void AddCertificate(string file)
    {
        if (PublicKeyFile.Load(file) is not Certificate certificate) throw new KeyFileException(KeyFileProblem.Unsupported, "not a certificate", file);
        if (certificate.Type != CertificateType.Host) throw new KeyFileException(KeyFileProblem.Unsupported, "not a host certificate", file);
        Item owner = _items.Find(item => item.Signer.PublicKey.Equals(certificate.Key))
            ?? throw new KeyFileException(KeyFileProblem.Unsupported, "certifies none of the host keys", file);
        if (certificate.Check(CertificateType.Host, null, TimeProvider.System.GetUtcNow()) is { } problem) _warnings.Add($"the host certificate {file} will be refused by clients: {problem}");
        _items.Add(new Item(new CertificateSigner(owner.Signer, certificate), file));
    }

    private void CheckOffer(AlgorithmConfiguration algorithms)
    {
        IReadOnlyList<string> names = OfferedAlgorithms.Expand("host_keys", algorithms.HostKeys);
        PublicKey[] keys = [.. _items.Select(item => item.Signer.PublicKey)];
        if (OfferedAlgorithms.WithKeys(names, keys).Count == 0)
            throw new KeyFileException(KeyFileProblem.Unsupported, $"none of the host keys ({string.Join(", ", keys.Select(key => key.KeyType))}) fits algorithms.host_keys");
        foreach (Item item in _items.Where(item => OfferedAlgorithms.WithKeys(names, [item.Signer.PublicKey]).Count == 0))
            _warnings.Add($"the host key {item.Source} is not used: algorithms.host_keys leaves {item.Signer.PublicKey.KeyType} out");
    }

    private sealed record Item(ISshSigner Signer, string Source);
}
