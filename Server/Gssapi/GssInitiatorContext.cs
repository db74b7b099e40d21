using SshGateway.Protocol.Authentication;

namespace SshGateway.Server.Gssapi;

/// <summary>The gateway's end of a context with a destination, established with what the user has delegated. Calls block: see <see cref="GssThreads"/>.</summary>
/// <param name="tickets">Not owned.</param>
/// <param name="service"><c>service@host</c>.</param>
/// <param name="delegates">Whether the destination is given tickets of its own.</param>
internal sealed unsafe class GssInitiatorContext(GssCredential tickets, string service, bool delegates) : GssHandle
{
    private nint _context;
    private nint _target;
    private uint _flags;

    /// <summary>Who the user is, by his full name, once the context is complete.</summary>
    public string Principal { get; private set; } = "";

    public GssapiStep Step(ReadOnlyMemory<byte> token) => Use(() =>
    {
        if (_target == 0) _target = GssName.OfService(service);
        return tickets.With(handle => Initiate(handle, token.Span));
    });

    /// <summary>Empty when the context has no integrity.</summary>
    public byte[] Sign(ReadOnlyMemory<byte> data) => Use<byte[]>(() =>
    {
        if ((_flags & LibGssapi.IntegrityFlag) == 0) return [];
        uint minor;
        LibGssapi.Buffer mic = default;
        fixed (byte* message = data.Span)
        {
            var input = new LibGssapi.Buffer { Length = (nuint)data.Length, Value = message };
            try
            {
                GssException.Check("gss_get_mic", LibGssapi.gss_get_mic(&minor, _context, 0, &input, &mic), minor);
                return mic.Span.ToArray();
            }
            finally
            {
                _ = LibGssapi.gss_release_buffer(&minor, &mic);
            }
        }
    });

    protected override void Free()
    {
        uint minor;
        fixed (nint* context = &_context)
        {
            if (_context != 0) _ = LibGssapi.gss_delete_sec_context(&minor, context, null);
        }

        _context = 0;
        GssName.Release(ref _target);
    }

    private GssapiStep Initiate(nint credential, ReadOnlySpan<byte> token)
    {
        uint wanted = LibGssapi.MutualFlag | LibGssapi.IntegrityFlag | (delegates ? LibGssapi.DelegateFlag : 0);
        uint minor, flags;
        LibGssapi.Buffer output = default;
        fixed (byte* value = token)
        fixed (nint* context = &_context)
        {
            var input = new LibGssapi.Buffer { Length = (nuint)token.Length, Value = value };
            try
            {
                uint major = LibGssapi.gss_init_sec_context(
                    &minor, credential, context, _target, LibGssapi.Kerberos, wanted, 0, 0, token.IsEmpty ? null : &input, null, &output, &flags, null);
                byte[] answer = output.Span.ToArray();
                if (LibGssapi.IsError(major)) return new GssapiStep(answer, false, GssException.Of("gss_init_sec_context", major, minor).Error);
                if (major == LibGssapi.ContinueNeeded) return new GssapiStep(answer, false);
                _flags = flags;
                Principal = FindPrincipal();
                return new GssapiStep(answer, true);
            }
            finally
            {
                _ = LibGssapi.gss_release_buffer(&minor, &output);
            }
        }
    }

    private string FindPrincipal()
    {
        uint minor;
        nint source = 0;
        try
        {
            return LibGssapi.IsError(LibGssapi.gss_inquire_context(&minor, _context, &source, null, null, null, null, null, null)) || source == 0 ? "" : GssName.Text(source);
        }
        finally
        {
            GssName.Release(ref source);
        }
    }
}
