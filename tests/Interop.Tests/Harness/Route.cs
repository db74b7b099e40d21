using System.Security.Cryptography;
using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>
/// A way to the destination: straight, or through the gateway. The client's own configuration hides which: both are
/// called "target", so that what a client prints is the same on each.
/// </summary>
internal sealed class Route
{
    private readonly string _root;
    private readonly Dictionary<string, int> _folders = new(StringComparer.Ordinal);

    public Route(TemporaryFolder folder, string name, int port, KeyPair identity, IEnumerable<string> hostKeys, string extraConfig = "")
    {
        _root = folder[name];
        Name = name;
        Port = port;
        Identity = identity;
        KnownHosts = folder.Write($"{name}/known_hosts", string.Concat(hostKeys.Select(key => $"[127.0.0.1]:{port} {key}\n")));
        ConfigFile = folder.Write(
            $"{name}/ssh_config",
            $"""
            {extraConfig}
            Host target
              HostName 127.0.0.1
              Port {port}
            Host *
              User {Environment.UserName}
              IdentityFile {identity.PrivateFile}
              IdentitiesOnly yes
              UserKnownHostsFile {KnownHosts}
              GlobalKnownHostsFile /dev/null
              StrictHostKeyChecking yes
              BatchMode yes
              UpdateHostKeys no
              KexAlgorithms curve25519-sha256
              ControlPath {folder.Path}/{name}/c-%C
            """ + "\n");
    }

    public string Name { get; }

    public string User => Environment.UserName;

    public int Port { get; }

    public KeyPair Identity { get; }

    public string KnownHosts { get; }

    /// <summary>Types and fingerprints (SHA256:…) of the host keys in known_hosts.</summary>
    public IEnumerable<(string Type, string Fingerprint)> Fingerprints =>
        File.ReadAllLines(KnownHosts).Select(line => line.Split(' ')).Select(parts =>
            (parts[1], "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(parts[2]))).TrimEnd('=')));

    /// <summary>For -F of ssh, scp and sftp; the host is "target".</summary>
    public string ConfigFile { get; }

    /// <summary>For programs that are told how to run ssh (rsync -e, GIT_SSH_COMMAND).</summary>
    public string SshCommand => $"ssh -F {ConfigFile}";

    /// <summary>An empty folder of this route. The n-th of a prefix has the same name on each route, but for the route's letter.</summary>
    public string NewFolder(string prefix)
    {
        int number;
        lock (_folders)
        {
            number = _folders[prefix] = _folders.GetValueOrDefault(prefix) + 1;
        }

        return Directory.CreateDirectory(Path.Combine(_root, $"{prefix}{number}")).FullName;
    }

    /// <summary>A result as it can be compared with the other route's: folders of the route are called alike.</summary>
    public Outcome Outcome(ProcessResult result) =>
        Harness.Outcome.Of(result with { Output = Neutral(result.Output), Error = Neutral(result.Error) });

    /// <summary>Runs <c>ssh … target</c>; options and command in one list, with "target" where it belongs.</summary>
    public Task<ProcessResult> SshAsync(
        IEnumerable<string> arguments,
        ReadOnlyMemory<byte> input = default,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? timeout = null) =>
        ChildProcess.RunAsync("ssh", ["-F", ConfigFile, .. arguments], input, environment, timeout: timeout);

    public Task<ProcessResult> SshAsync(params string[] arguments) => SshAsync(arguments, default);

    public ChildProcess StartSsh(params string[] arguments) => ChildProcess.Start("ssh", ["-F", ConfigFile, .. arguments]);

    /// <summary>Runs a shell command on this machine in which $CONF is the client configuration.</summary>
    public Task<ProcessResult> BashAsync(string script, ReadOnlyMemory<byte> input = default) =>
        ChildProcess.RunAsync(
            "bash", ["-c", script], input, new Dictionary<string, string>(StringComparer.Ordinal) { ["CONF"] = ConfigFile });

    public PseudoTerminal StartSshOnTerminal(IEnumerable<string> arguments, int rows = 24, int columns = 80) =>
        PseudoTerminal.Start("ssh", ["-F", ConfigFile, .. arguments], rows, columns);

    private byte[] Neutral(byte[] output) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(output).Replace(_root + "/", "/route/", StringComparison.Ordinal));
}
