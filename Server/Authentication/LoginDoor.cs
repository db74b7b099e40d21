using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Authentication;

/// <summary>Asks <see cref="LoginRules"/>, once per connection, whether its user may log in at all.</summary>
internal sealed class LoginDoor(LoginContext login)
{
    private SystemUser? _account;
    private bool? _isOpen;

    /// <summary>Whether the user may log in by a method. The user of a connection never changes.</summary>
    public bool IsOpenFor(string user, string method)
    {
        _isOpen ??= Judge(user);
        if (!_isOpen.Value) return false;
        bool isKey = method is "publickey" or "hostbased" or "gssapi-with-mic";
        return isKey || _account is not { Uid: 0 } || login.Auth.AllowRoot == RootLogin.Yes;
    }

    private bool Judge(string user)
    {
        _account = UserDirectory.Find(user);
        string? refusal = LoginRules.Refusal(login.Auth, user, _account, login.Source.Address);
        if (refusal is not null) login.Logger.LoginForbidden(login.SessionId, PeerText.Escape(user), login.Source.Address, refusal);
        return refusal is null;
    }
}
