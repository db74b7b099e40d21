using System.Text;

namespace SshGateway.Server.Gssapi;

/// <summary>Names of the library, as texts.</summary>
internal static unsafe class GssName
{
    /// <summary>A service, on a host (<c>service@host</c>) or on any; the caller releases it.</summary>
    public static nint OfService(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        uint minor;
        nint name = 0;
        fixed (byte* value = bytes)
        {
            var buffer = new LibGssapi.Buffer { Length = (nuint)bytes.Length, Value = value };
            GssException.Check("gss_import_name", LibGssapi.gss_import_name(&minor, &buffer, LibGssapi.HostBasedService, &name), minor);
        }

        return name;
    }

    /// <summary>The principal's full name.</summary>
    public static string Text(nint name)
    {
        uint minor;
        LibGssapi.Buffer text = default;
        GssException.Check("gss_display_name", LibGssapi.gss_display_name(&minor, name, &text, null), minor);
        return Take(&text);
    }

    /// <summary>The user that krb5.conf maps the principal to (<c>auth_to_local</c>); null: none.</summary>
    public static string? LocalName(nint name)
    {
        uint minor;
        LibGssapi.Buffer text = default;
        return LibGssapi.IsError(LibGssapi.gss_localname(&minor, name, LibGssapi.Kerberos, &text)) ? null : Take(&text);
    }

    public static void Release(ref nint name)
    {
        uint minor;
        fixed (nint* handle = &name)
        {
            if (name != 0) _ = LibGssapi.gss_release_name(&minor, handle);
        }

        name = 0;
    }

    private static string Take(LibGssapi.Buffer* text)
    {
        uint minor;
        try
        {
            return Encoding.UTF8.GetString(text->Span);
        }
        finally
        {
            _ = LibGssapi.gss_release_buffer(&minor, text);
        }
    }
}
