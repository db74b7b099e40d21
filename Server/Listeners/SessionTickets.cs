using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Authentication;
using SshGateway.Server.Gssapi;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Listeners;

/// <summary>The file with a user's delegated tickets, for the commands of his route, until the session ends.</summary>
internal sealed class SessionTickets(IStoredTickets? stored) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>"" without tickets, or without a command that could use them.</summary>
    public string Path => stored?.Path ?? "";

    /// <summary>Stores the tickets, if there are any and a command wants them. What fails is logged; the command runs without them.</summary>
    public static async Task<SessionTickets> StoreAsync(GatewayServices services, GatewaySession session, DestinationPlan plan, UserLogin login)
    {
        bool isWanted = plan.Route.BlockingCommand.Length + plan.Route.BackgroundCommand.Length > 0;
        if (login.Tickets is not { } tickets || !isWanted || plan.Account is not { } account) return new SessionTickets(null);
        byte[] cache = [];
        try
        {
            using var limit = new CancellationTokenSource(Limit, services.Time);
            cache = await GssThreads.RunAsync(() => TicketExport.Export(tickets), limit.Token).ConfigureAwait(false);
            return new SessionTickets(await services.Helper.StoreTicketsAsync(account.Name, cache, limit.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is GssException or PrivilegedHelperException or OperationCanceledException)
        {
            session.Log.TicketsNotKept(session.Id, PeerText.Escape(account.Name), PeerText.Escape(e.Message));
            return new SessionTickets(null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(cache);
        }
    }

    public ValueTask DisposeAsync() => stored?.DisposeAsync() ?? ValueTask.CompletedTask;
}
