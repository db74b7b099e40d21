using Microsoft.Extensions.Logging;

namespace SshGateway.Server.State;

/// <summary>What the log says of the state store and of orders that came through it.</summary>
internal static partial class StateLog
{
    [LoggerMessage(300, LogLevel.Information, "state is kept in {Store}; this gateway is {Gateway}")]
    public static partial void StateOpened(this ILogger logger, string store, string gateway);

    [LoggerMessage(301, LogLevel.Warning, "the state store is away: {Reason}")]
    public static partial void StateAway(this ILogger logger, string reason);

    [LoggerMessage(302, LogLevel.Information, "the state store is back")]
    public static partial void StateBack(this ILogger logger);

    [LoggerMessage(303, LogLevel.Warning, "{Count} {What} could not be written to the state store: {Reason}")]
    public static partial void BatchLost(this ILogger logger, string what, int count, string reason);

    [LoggerMessage(304, LogLevel.Information, "session={Session} is ended on order: {Message}")]
    public static partial void Killed(this ILogger logger, string session, string message);

    [LoggerMessage(305, LogLevel.Warning, "an order to end sessions that names none is not carried out")]
    public static partial void AimlessOrder(this ILogger logger);

    [LoggerMessage(306, LogLevel.Information, "{Host} is drained: {Sessions} sessions are ended")]
    public static partial void DrainEnds(this ILogger logger, string host, int sessions);

    [LoggerMessage(307, LogLevel.Error, "internal error in {What}")]
    public static partial void StateTaskFailed(this ILogger logger, Exception error, string what);

    [LoggerMessage(310, LogLevel.Information, "{Count} live connections are registered again")]
    public static partial void RegisteredAgain(this ILogger logger, int count);
}
