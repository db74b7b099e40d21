using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary><c>show error_banner</c>: the banner of the configuration, and the one in force; on stderr, as sshproxyctl does it.</summary>
internal static class ShowErrorBanner
{
    public static readonly CtlCommand Command = new(
        "show error_banner", "", "the default error banner, the current one and when it expires (on stderr)", CtlNeed.Store, [], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        ErrorBanner? banner = await ctl.Store.GetErrorBannerAsync(cancellationToken);
        await ctl.Error.WriteAsync($"Default error banner:\n{Lines(ctl.Configuration.Routes.Base.ErrorBanner)}\n");
        if (banner is null) return 0;
        string expiry = banner.Expires is { } time ? ctl.LocalTime(time) : "never";
        await ctl.Error.WriteAsync($"Current error banner (expiration date: {expiry}):\n{Lines(banner.Text)}\n");
        return 0;
    }

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(CellText.Clean));
}
