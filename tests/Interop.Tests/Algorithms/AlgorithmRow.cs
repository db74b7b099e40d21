namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>
/// One row of a matrix: what a leg is pinned to. Null leaves it to the peers. The names are those of OpenSSH, which has the
/// same keywords in ssh_config and sshd_config for all but user keys.
/// </summary>
public sealed record AlgorithmRow
{
    public string? Kex { get; init; }

    public string? Cipher { get; init; }

    public string? Mac { get; init; }

    public string? HostKey { get; init; }

    /// <summary>Type of the user's key, as ssh-keygen's -t (and -b behind a colon).</summary>
    public string? UserKey { get; init; }

    /// <summary>Keyword and value of each thing that is pinned, for -o of ssh and for lines of sshd_config.</summary>
    public IEnumerable<(string Keyword, string Value)> Keywords
    {
        get
        {
            (string, string?)[] all = [("KexAlgorithms", Kex), ("Ciphers", Cipher), ("MACs", Mac), ("HostKeyAlgorithms", HostKey)];
            return all.Where(pair => pair.Item2 is not null).Select(pair => (pair.Item1, pair.Item2!));
        }
    }

    public override string ToString() =>
        string.Join(' ', ((string?[])[Kex, Cipher, Mac, HostKey, UserKey]).Where(name => name is not null));
}
