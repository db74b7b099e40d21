using SshGateway.Protocol.Authentication;
using SshGateway.Protocol.Authentication.Client;

namespace SshGateway.Server.Gssapi;

/// <summary>Shows a destination the tickets that a user has delegated.</summary>
/// <param name="tickets">Not owned.</param>
/// <param name="host">The destination's name, as configured; krb5.conf says whether it is made canonical.</param>
/// <param name="delegates">Whether the destination is given tickets in turn.</param>
/// <param name="failed">Told why it does not work.</param>
internal sealed class KerberosInitiator(GssCredential tickets, string host, bool delegates, Action<string> failed) : IGssapiInitiator, IDisposable
{
    private readonly GssInitiatorContext _context = new(tickets, "host@" + host, delegates);

    public ReadOnlyMemory<byte> Mechanism => LibGssapi.KerberosDer;

    public string Principal => _context.Principal;

    public async ValueTask<GssapiStep> StepAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        GssapiStep step;
        try
        {
            step = await GssThreads.RunAsync(() => _context.Step(token), cancellationToken).ConfigureAwait(false);
        }
        catch (GssException e)
        {
            step = new GssapiStep(default, false, e.Error);
        }

        if (step.Error is { } error) failed(error.Message);
        return step;
    }

    public async ValueTask<ReadOnlyMemory<byte>> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            return await GssThreads.RunAsync(() => _context.Sign(data), cancellationToken).ConfigureAwait(false);
        }
        catch (GssException e)
        {
            failed(e.Message);
            return default;
        }
    }

    public void Dispose() => _context.Dispose();
}
