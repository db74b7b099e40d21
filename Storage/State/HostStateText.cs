namespace SshGateway.Storage.State;

/// <summary>States in the words of the database, which are those of <c>show hosts</c>.</summary>
internal static class HostStateText
{
    public static string Format(HostState state) => state switch
    {
        HostState.Up => "up",
        HostState.Down => "down",
        _ => "disabled",
    };

    public static HostState? Parse(string? text) => text switch
    {
        null => null,
        "up" => HostState.Up,
        "down" => HostState.Down,
        _ => HostState.Disabled,
    };
}
