namespace SshGateway.Server.Ctl.Change;

/// <summary><c>forget error_banner</c>: the default of the configuration is in force again.</summary>
internal static class ForgetErrorBanner
{
    public static readonly CtlCommand Command = new("forget error_banner", "", "remove the current error banner", CtlNeed.Store, [], RunAsync);

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        await ctl.Store.SetErrorBannerAsync(null, cancellationToken);
        await ctl.RecordAsync("forget error_banner", cancellationToken);
        return 0;
    }
}
