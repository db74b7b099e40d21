using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>The policy that holds now: the configuration file is read again when it has changed.</summary>
internal sealed class PolicySource
{
    private readonly string _file;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private HelperPolicy _policy;
    private (DateTime Changed, long Size) _stamp;

    /// <param name="file">The configuration file; "" for a policy that never changes.</param>
    /// <param name="policy">What the file says now.</param>
    /// <param name="log">Says when a changed file is not used.</param>
    public PolicySource(string file, HelperPolicy policy, ILogger log)
    {
        (_file, _policy, _log) = (file, policy, log);
        _stamp = Stamp();
    }

    public HelperPolicy Current
    {
        get
        {
            lock (_lock)
            {
                if (_file.Length > 0 && Stamp() is var stamp && stamp != _stamp)
                {
                    _stamp = stamp;
                    Reload();
                }

                return _policy;
            }
        }
    }

    private void Reload()
    {
        // What the gateway itself could have written must not widen what it may do.
        const UnixFileMode strangers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (!Authentication.UserFile.IsOwn(_file) || (File.GetUnixFileMode(_file) & strangers) != 0)
        {
            _log.PolicyKept(_file, "it can be written by others than root");
            return;
        }

        ConfigurationResult result = ConfigurationLoader.Load(_file);
        if (result.Configuration is { } configuration) _policy = HelperPolicy.From(configuration);
        else _log.PolicyKept(_file, result.Errors.Count > 0 ? result.Errors[0].ToString() : "it cannot be read");
    }

    private (DateTime Changed, long Size) Stamp()
    {
        var info = new FileInfo(_file.Length > 0 ? _file : "/");
        return info.Exists ? (info.LastWriteTimeUtc, info.Length) : default;
    }
}
