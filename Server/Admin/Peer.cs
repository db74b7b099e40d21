using System.Buffers.Binary;
using System.Net.Sockets;
using SshGateway.Server.Authentication;

namespace SshGateway.Server.Admin;

/// <summary>Who acts, in the words of the event log.</summary>
internal static class Peer
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const uint NoLogin = uint.MaxValue;

    /// <summary>The user at the other end of a Unix socket.</summary>
    public static string OfSocket(Socket socket)
    {
        // struct ucred: pid, uid, gid
        Span<byte> credentials = stackalloc byte[12];
        int length = socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        if (length != credentials.Length) throw new SocketException((int)SocketError.ProtocolOption);
        int pid = BinaryPrimitives.ReadInt32LittleEndian(credentials);
        return Name(BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]), LoginOf(pid.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>The user of this process.</summary>
    public static string OfProcess() => Name(UserDirectory.EffectiveUid, LoginOf("self"));

    // Who became root with su or sudo is still known to the audit system by who logged in.
    private static string Name(uint uid, uint login)
    {
        string name = Name(uid);
        return login == NoLogin || login == uid ? name : $"{name}, logged in as {Name(login)}";
    }

    private static string Name(uint uid) => UserDirectory.NameOf(uid) is { } name ? $"{name} (uid {uid})" : $"uid {uid}";

    private static uint LoginOf(string process)
    {
        try
        {
            return uint.TryParse(File.ReadAllText($"/proc/{process}/loginuid").Trim(), out uint login) ? login : NoLogin;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NoLogin;
        }
    }
}
