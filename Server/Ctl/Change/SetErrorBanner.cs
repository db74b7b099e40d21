using SshGateway.Server.Ctl.Arguments;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary><c>error_banner</c>: what users read when no destination can be had.</summary>
internal static class SetErrorBanner
{
    public static readonly CtlCommand Command = new(
        "error_banner", "[-expire 'YYYY-MM-DD[ HH:MM[:SS]]'] MESSAGE", "set what users read when no destination can be had",
        CtlNeed.Store, [CtlOption.Expire], RunAsync)
    {
        MaxWords = 1,
        Remarks = "The message is one argument. One that begins with a dash stands behind '--'. The date is local time.",
    };

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        if (ctl.Words.Count == 0 || ctl.Words[0].Length == 0) throw new UsageException("the message is missing");
        string message = ctl.Words[0];
        DateTimeOffset? expires = ctl.Arguments.Value(CtlOption.Expire) is { } text ? TimeArguments.Expiry(text, ctl.Time) : null;
        await ctl.Store.SetErrorBannerAsync(new ErrorBanner(message, expires), cancellationToken);
        await ctl.RecordAsync($"error_banner{(expires is { } time ? $" until {ctl.LocalTime(time)}" : "")}: {message}", cancellationToken);
        return 0;
    }
}
