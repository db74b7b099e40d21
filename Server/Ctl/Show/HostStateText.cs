using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary>Names and colours of host states.</summary>
internal static class HostStateText
{
    public const string Draining = "draining";

    public static string Name(HostState state) => state switch
    {
        HostState.Up => "up",
        HostState.Down => "down",
        HostState.Disabled => "disabled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>As people see it: a disabled host whose sessions are to end is draining.</summary>
    public static string ForPeople(HostRecord host) => host is { State: HostState.Disabled, Drain: not null } ? Draining : Name(host.State);

    public static Color Color(string state) => state switch
    {
        "up" => Output.Color.Green,
        "down" => Output.Color.Red,
        "disabled" or Draining => Output.Color.Yellow,
        _ => Output.Color.None,
    };
}
