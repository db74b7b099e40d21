using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>Asks <see cref="LoginRules"/>, once per connection, whether its user may log in at all.</summary>
internal sealed class LoginDoor(LoginContext login)
{
    private SystemUser? _account;
    private string? _refusal;
    private bool _isJudged;

    /// <summary>Whether the user may log in by a method. The user of a connection never changes.</summary>
    public bool IsOpenFor(string user, string method)
    {
        if (!_isJudged) Judge(user);
        bool isKey = method is "publickey" or "hostbased" or "gssapi-with-mic";
        string? refusal = _refusal ?? (isKey || _account is not { Uid: 0 } || login.Auth.AllowRoot == RootLogin.Yes ? null : "allow_root");
        if (refusal is not null) login.Attempt.Reason = $"not allowed by {refusal}";
        return refusal is null;
    }

    private void Judge(string user)
    {
        _account = UserDirectory.Find(user);
        _refusal = LoginRules.Refusal(login.Auth, user, _account, login.Source.Address);
        _isJudged = true;
        if (_refusal is not null) login.Logger.LoginForbidden(login.SessionId, PeerText.Escape(user), login.Source.Address, _refusal);
    }
}
