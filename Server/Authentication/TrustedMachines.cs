using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Destinations;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Machines that may vouch for their users (method hostbased): named in <c>auth.hostbased_machines</c> (shosts.equiv), with a key of
/// <c>auth.hostbased_known_hosts</c>, under a name that leads to the address they come from.
/// </summary>
internal sealed class TrustedMachines(LoginContext login, LoginDoor door, KnownHostsCache knownHosts) : IHostbasedAuthority
{
    private const int MaxFileSize = 1024 * 1024;
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(5);

    public async ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string clientHost, string clientUser, CancellationToken cancellationToken)
    {
        long begun = login.Time.GetTimestamp();
        login.Attempt.Key = $"{PeerText.Escape(clientHost)} {KeyText.Of(key)}";
        string? problem = !door.IsOpenFor(user, "hostbased") ? "the user may not log in"
            : login.Auth.RequireSystemUser && UserDirectory.Find(user) is null ? "there is no such user"
            : !IsListed(user, clientHost, clientUser) ? $"{login.Auth.HostbasedMachines} does not name it"
            : KeyProblem(clientHost, key) ?? await AddressProblemAsync(clientHost, cancellationToken).ConfigureAwait(false);
        login.Attempt.Reason = problem ?? "its signature is wrong";
        if (problem is null) return true;
        login.Logger.HostbasedRefused(login.SessionId, PeerText.Escape(user), PeerText.Escape(clientHost), problem);
        await login.Refusals.Keys.WaitAsync(begun, login.Time, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>
    /// Lines <c>HOST [USER]</c>, each perhaps with + or - in front; the first that fits decides. Without a user the name must be the same
    /// on both machines. A lone + would trust everybody and is not honoured; netgroups are not known.
    /// </summary>
    internal static bool IsListed(string[] lines, string user, string clientHost, string clientUser)
    {
        foreach (string line in lines)
        {
            string[] fields = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is 0 or > 2 || fields[0].TrimStart('+', '-').Length == 0) continue;
            if (!string.Equals(fields[0].TrimStart('+', '-'), clientHost, StringComparison.OrdinalIgnoreCase)) continue;
            bool userFits = fields.Length == 1 ? clientUser == user : fields[1].TrimStart('+', '-') == clientUser && clientUser == user;
            if (fields[0][0] == '-' && fields.Length == 1) return false;
            if (fields.Length == 2 && fields[1][0] == '-' && fields[1][1..] == clientUser) return false;
            if (userFits) return true;
        }

        return false;
    }

    private bool IsListed(string user, string clientHost, string clientUser)
    {
        if (login.Auth.HostbasedMachines.Length == 0) return false;
        byte[]? content = UserFile.Read(login.Auth.HostbasedMachines, owner: 0, MaxFileSize, out string problem);
        if (problem.Length > 0) login.Logger.KeyFileRefused(login.SessionId, PeerText.Escape(user), login.Auth.HostbasedMachines, problem);
        return content is not null && IsListed(System.Text.Encoding.UTF8.GetString(content).Split('\n'), user, clientHost, clientUser);
    }

    private string? KeyProblem(string clientHost, PublicKey key)
    {
        try
        {
            HostKeyCheck check = knownHosts.Get(login.Auth.HostbasedKnownHosts).Current.Check(clientHost, 22, key, login.Source.Address);
            return check.Status == HostKeyStatus.Trusted ? null : $"its key {KeyText.Of(key)} is {(check.Status == HostKeyStatus.Revoked ? "revoked" : "not the known one")}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the known hosts cannot be read: {e.Message}";
        }
    }

    private async ValueTask<string?> AddressProblemAsync(string clientHost, CancellationToken cancellationToken)
    {
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(clientHost, cancellationToken).WaitAsync(LookupLimit, login.Time, cancellationToken).ConfigureAwait(false);
            bool isThere = addresses.Any(address => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).Equals(login.Source.Address));
            return isThere ? null : "the name does not lead to the address it comes from";
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            return "the name cannot be looked up";
        }
    }
}
