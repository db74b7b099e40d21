using System.Globalization;

namespace SshGateway.Server.Recording.Audit;

/// <summary>Numbers of draft-ietf-secsh-filexfer-02 §3 and §7.</summary>
internal static class SftpMessage
{
    public const byte Init = 1;
    public const byte Version = 2;
    public const byte Open = 3;
    public const byte Close = 4;
    public const byte Read = 5;
    public const byte Write = 6;
    public const byte SetStat = 9;
    public const byte SetStatOfHandle = 10;
    public const byte OpenDirectory = 11;
    public const byte Remove = 13;
    public const byte MakeDirectory = 14;
    public const byte RemoveDirectory = 15;
    public const byte Rename = 18;
    public const byte MakeLink = 20;
    public const byte StatusReply = 101;
    public const byte HandleReply = 102;
    public const byte DataReply = 103;
    public const byte Extended = 200;

    public const uint Ok = 0;
    public const uint EndOfFile = 1;

    public static string StatusText(uint status) => status switch
    {
        Ok => "ok",
        EndOfFile => "end of file",
        2 => "no such file",
        3 => "permission denied",
        4 => "failure",
        8 => "not supported",
        _ => string.Create(CultureInfo.InvariantCulture, $"status {status}"),
    };
}
