using SshGateway.Server.Ctl.Arguments;

namespace SshGateway.Server.Ctl;

/// <summary>What a command must be given before it runs.</summary>
internal enum CtlNeed
{
    Nothing,

    /// <summary>The configuration with its names resolved; no store.</summary>
    Configuration,

    /// <summary>The store, and of the configuration only where it is.</summary>
    Store,

    /// <summary>Both.</summary>
    StoreAndConfiguration,
}

/// <param name="Name">Its words.</param>
/// <param name="Arguments">What stands behind them, for usage texts.</param>
/// <param name="Summary">One line.</param>
/// <param name="Need">What it must be given.</param>
/// <param name="Options">The options it knows, beside those that hold everywhere.</param>
/// <param name="RunAsync">Runs it; returns the exit code.</param>
internal sealed record CtlCommand(
    string Name, string Arguments, string Summary, CtlNeed Need, IReadOnlyList<CtlOption> Options, Func<CtlContext, CancellationToken, Task<int>> RunAsync)
{
    /// <summary>Most words it takes after its name.</summary>
    public int MaxWords { get; init; }

    public bool NeedsStore => Need is CtlNeed.Store or CtlNeed.StoreAndConfiguration;

    /// <summary>Remarks for <c>help COMMAND</c>.</summary>
    public string Remarks { get; init; } = "";
}
