using SshGateway.Server.Authentication;
using SshGateway.Server.Ctl.Arguments;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>forget mfa</c>: the user is asked for the second factor again.</summary>
internal static class ForgetMfa
{
    public static readonly CtlCommand Command = new(
        "forget mfa", "-user USER", "ask a user for the second factor again, though it was passed not long ago", CtlNeed.Store, [CtlOption.User], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        string user = ctl.Arguments.Value(CtlOption.User) is { Length: > 0 } name ? name : throw new UsageException("-user USER is needed");
        foreach ((string key, _) in await ctl.Store.ListSharedAsync(SecondFactorGrace.Area, cancellationToken))
        {
            if (IsOf(user, key)) await ctl.Store.PutSharedAsync(SecondFactorGrace.Area, key, null, null, cancellationToken);
        }

        await ctl.RecordAsync("forget mfa", cancellationToken, user: user);
        return 0;
    }

    // USER/HASH, where the user's name may have slashes of its own.
    private static bool IsOf(string user, string key) => key.LastIndexOf('/') is int slash and >= 0 && key[..slash] == user;
}
