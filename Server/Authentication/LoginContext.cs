using System.Net;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>What judging a login needs to know of the gateway and of the connection.</summary>
internal sealed record LoginContext
{
    public required AuthConfiguration Auth { get; init; }

    public required KeyFileCache KeyFiles { get; init; }

    public required string SessionId { get; init; }

    public required IPEndPoint Source { get; init; }

    /// <summary>The gateway's address of the connection.</summary>
    public required IPEndPoint Local { get; init; }

    public IPrivilegedHelper Helper { get; init; } = new NoPrivilege();

    public required ILogger Logger { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Shared by all connections.</summary>
    public RefusalClocks Refusals { get; init; } = new();

    /// <summary>The attempt that is being judged.</summary>
    public LoginAttempt Attempt { get; } = new();
}
