using SshGateway.Protocol.Authentication.Server;

namespace SshGateway.Server.Authentication;

/// <summary>What there is to say of the attempt that is being judged, but for its result: gathered by whoever judges. Never a secret.</summary>
internal sealed class LoginAttempt
{
    /// <summary>The key or certificate, as the log names it; empty without one.</summary>
    public string Key { get; set; } = "";

    /// <summary>Why it would be refused.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The line of the history, and ready for the next attempt.</summary>
    public string Take(string method, AttemptResult result)
    {
        string what = Key.Length > 0 ? $"{method} {Key}" : method;
        string line = result switch
        {
            AttemptResult.Accepted => $"{what}: accepted",
            AttemptResult.Partial => $"{what}: accepted, another method is asked for",
            _ => $"{what}: refused{(Reason.Length > 0 ? ": " + Reason : "")}",
        };
        (Key, Reason) = ("", "");
        return line;
    }
}
