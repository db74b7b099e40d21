using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace SshGateway.Storage.Recordings;

/// <summary>The id that a session has in logs, in the state store and in the names of its recordings.</summary>
public static class SessionId
{
    private const int HashBytes = 5;

    /// <summary>
    /// The first five bytes, in upper-case hex, of SHA-1 over <c>user@source-ip:port@start-in-ns</c> (an IPv6 address in brackets).
    /// </summary>
    [SuppressMessage("Security", "CA5350", Justification = "The id names a session as sshproxy does; nothing trusts it.")]
    public static string Compute(ReadOnlySpan<byte> user, IPEndPoint source, ulong startNs)
    {
        // Rebuilt from its bytes: neither a mapped address nor a scope may change the id.
        var address = new IPAddress(source.Address.GetAddressBytes());
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        byte[] rest = Encoding.ASCII.GetBytes($"@{new IPEndPoint(address, source.Port)}@{startNs}");
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha1.AppendData(user);
        sha1.AppendData(rest);
        return Convert.ToHexString(sha1.GetHashAndReset().AsSpan(0, HashBytes));
    }
}
