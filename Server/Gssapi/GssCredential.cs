using System.Text;

namespace SshGateway.Server.Gssapi;

/// <summary>Keys of a service, or tickets that a user has delegated. Calls block: see <see cref="GssThreads"/>.</summary>
internal sealed unsafe class GssCredential : GssHandle
{
    private nint _handle;

    /// <param name="handle">Owned from now on.</param>
    public GssCredential(nint handle) => _handle = handle;

    /// <summary>The keys of the service <c>host</c>, on whatever host, of a keytab.</summary>
    /// <exception cref="GssException">The file cannot be read or holds no such key.</exception>
    public static GssCredential OfHost(string keytab)
    {
        nint name = GssName.OfService("host");
        try
        {
            return new GssCredential(Acquire(name, LibGssapi.Accept, "keytab", keytab));
        }
        finally
        {
            GssName.Release(ref name);
        }
    }

    /// <summary>Runs a call that needs the handle.</summary>
    public T With<T>(Func<nint, T> call) => Use(() => call(_handle));

    /// <summary>Writes the tickets to a cache of that name (<c>FILE:…</c>), over what is there.</summary>
    public void StoreInto(string cache) => With(handle => WithStore("ccache", cache, store =>
    {
        uint minor;
        GssException.Check(
            "gss_store_cred_into",
            LibGssapi.gss_store_cred_into(&minor, handle, LibGssapi.Initiate, LibGssapi.Kerberos, overwrite: 1, makeDefault: 0, (LibGssapi.KeyValueSet*)store, null, null),
            minor);
        return true;
    }));

    protected override void Free()
    {
        uint minor;
        fixed (nint* handle = &_handle)
        {
            if (_handle != 0) _ = LibGssapi.gss_release_cred(&minor, handle);
        }

        _handle = 0;
    }

    private static nint Acquire(nint name, int usage, string key, string value) => WithStore(key, value, store =>
    {
        uint minor;
        nint handle = 0;
        var mechanisms = new LibGssapi.OidSet { Count = 1, Elements = LibGssapi.Kerberos };
        GssException.Check(
            "gss_acquire_cred_from",
            LibGssapi.gss_acquire_cred_from(&minor, name, 0, &mechanisms, usage, (LibGssapi.KeyValueSet*)store, &handle, null, null),
            minor);
        return handle;
    });

    /// <summary>A credential store of one element.</summary>
    private static T WithStore<T>(string key, string value, Func<nint, T> call)
    {
        fixed (byte* keyText = Encoding.UTF8.GetBytes(key + '\0'), valueText = Encoding.UTF8.GetBytes(value + '\0'))
        {
            var element = new LibGssapi.KeyValue { Key = keyText, Value = valueText };
            var store = new LibGssapi.KeyValueSet { Count = 1, Elements = &element };
            return call((nint)(&store));
        }
    }
}
