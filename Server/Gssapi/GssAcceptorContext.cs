using SshGateway.Protocol.Authentication;

namespace SshGateway.Server.Gssapi;

/// <summary>The gateway's end of a context that a user's client establishes. Calls block: see <see cref="GssThreads"/>.</summary>
internal sealed unsafe class GssAcceptorContext : GssHandle
{
    private nint _context;
    private nint _delegated;
    private uint _flags;

    /// <summary>Once the context is complete: who the user is, by his full name.</summary>
    public string Principal { get; private set; } = "";

    /// <summary>The user of this system that the principal is mapped to; null: none.</summary>
    public string? LocalName { get; private set; }

    public GssapiStep Step(string keytab, ReadOnlyMemory<byte> token) => Use(() =>
    {
        using GssCredential keys = GssCredential.OfHost(keytab);
        return keys.With(handle => Accept(handle, token.Span));
    });

    /// <summary>Whether the MIC is the other end's; never of a context without integrity.</summary>
    public bool Verify(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> mic) => Use(() =>
    {
        if ((_flags & LibGssapi.IntegrityFlag) == 0) return false;
        uint minor;
        fixed (byte* message = data.Span, token = mic.Span)
        {
            var messageBuffer = new LibGssapi.Buffer { Length = (nuint)data.Length, Value = message };
            var micBuffer = new LibGssapi.Buffer { Length = (nuint)mic.Length, Value = token };
            // Complete and nothing else: also a duplicate or an old token is a refusal.
            return LibGssapi.gss_verify_mic(&minor, _context, &messageBuffer, &micBuffer, null) == 0;
        }
    });

    /// <summary>What the user has delegated, once; null when he has not.</summary>
    public GssCredential? TakeDelegated() => Use(() =>
    {
        if (_delegated == 0 || (_flags & LibGssapi.DelegateFlag) == 0) return null;
        var credential = new GssCredential(_delegated);
        _delegated = 0;
        return credential;
    });

    protected override void Free()
    {
        uint minor;
        fixed (nint* context = &_context, delegated = &_delegated)
        {
            if (_context != 0) _ = LibGssapi.gss_delete_sec_context(&minor, context, null);
            if (_delegated != 0) _ = LibGssapi.gss_release_cred(&minor, delegated);
        }

        _context = _delegated = 0;
    }

    private GssapiStep Accept(nint keys, ReadOnlySpan<byte> token)
    {
        uint minor, flags;
        nint source = 0;
        LibGssapi.Buffer output = default;
        fixed (byte* value = token)
        fixed (nint* context = &_context, delegated = &_delegated)
        {
            var input = new LibGssapi.Buffer { Length = (nuint)token.Length, Value = value };
            try
            {
                uint major = LibGssapi.gss_accept_sec_context(&minor, context, keys, &input, 0, &source, null, &output, &flags, null, delegated);
                byte[] answer = output.Span.ToArray();
                if (LibGssapi.IsError(major)) return new GssapiStep(answer, false, GssException.Of("gss_accept_sec_context", major, minor).Error);
                if (major == LibGssapi.ContinueNeeded) return new GssapiStep(answer, false);
                _flags = flags;
                Principal = GssName.Text(source);
                LocalName = GssName.LocalName(source);
                return new GssapiStep(answer, true);
            }
            finally
            {
                GssName.Release(ref source);
                _ = LibGssapi.gss_release_buffer(&minor, &output);
            }
        }
    }
}
