using System.Runtime.InteropServices;

namespace SshGateway.Server.Gssapi;

/// <summary>MIT Kerberos' GSS-API (RFC 2744; gssapi.h, gssapi_ext.h). The one place that binds it.</summary>
internal static unsafe partial class LibGssapi
{
    public const uint ContinueNeeded = 1;

    public const int Initiate = 1;
    public const int Accept = 2;

    public const uint DelegateFlag = 1;
    public const uint MutualFlag = 2;
    public const uint IntegrityFlag = 32;

    public const int CodeOfApi = 1;
    public const int CodeOfMechanism = 2;

    private const string Library = "libgssapi_krb5.so.2";

    /// <summary>Kerberos 5 (RFC 1964): 1.2.840.113554.1.2.2, as it stands in SSH's messages.</summary>
    public static readonly byte[] KerberosDer = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];

    /// <summary>The same for the library.</summary>
    public static readonly Oid* Kerberos = MakeOid(KerberosDer.AsSpan(2));

    /// <summary>GSS_C_NT_HOSTBASED_SERVICE: 1.2.840.113554.1.2.1.4.</summary>
    public static readonly Oid* HostBasedService = MakeOid([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04]);

    /// <summary>Null when the library is there, else why it cannot be used.</summary>
    public static string? Problem { get; } = NativeLibrary.TryLoad(Library, out _) ? null : $"{Library} cannot be loaded: install MIT Kerberos (Debian: libgssapi-krb5-2)";

    /// <summary>GSS_ERROR.</summary>
    public static bool IsError(uint major) => (major & 0xffff0000) != 0;

    [LibraryImport(Library)]
    public static partial uint gss_import_name(uint* minor, Buffer* text, Oid* type, nint* name);

    [LibraryImport(Library)]
    public static partial uint gss_display_name(uint* minor, nint name, Buffer* text, Oid** type);

    [LibraryImport(Library)]
    public static partial uint gss_localname(uint* minor, nint name, Oid* mechanism, Buffer* local);

    [LibraryImport(Library)]
    public static partial uint gss_release_name(uint* minor, nint* name);

    [LibraryImport(Library)]
    public static partial uint gss_acquire_cred_from(
        uint* minor, nint name, uint time, OidSet* mechanisms, int usage, KeyValueSet* store, nint* credential, nint* actual, uint* lifetime);

    [LibraryImport(Library)]
    public static partial uint gss_store_cred_into(
        uint* minor, nint credential, int usage, Oid* mechanism, uint overwrite, uint makeDefault, KeyValueSet* store, nint* stored, int* storedUsage);

    [LibraryImport(Library)]
    public static partial uint gss_release_cred(uint* minor, nint* credential);

    [LibraryImport(Library)]
    public static partial uint gss_accept_sec_context(
        uint* minor, nint* context, nint credential, Buffer* input, nint bindings, nint* source, Oid** mechanism, Buffer* output,
        uint* flags, uint* time, nint* delegated);

    [LibraryImport(Library)]
    public static partial uint gss_init_sec_context(
        uint* minor, nint credential, nint* context, nint target, Oid* mechanism, uint wanted, uint time, nint bindings, Buffer* input,
        Oid** actual, Buffer* output, uint* flags, uint* lifetime);

    [LibraryImport(Library)]
    public static partial uint gss_inquire_context(
        uint* minor, nint context, nint* source, nint* target, uint* lifetime, Oid** mechanism, uint* flags, int* local, int* open);

    [LibraryImport(Library)]
    public static partial uint gss_get_mic(uint* minor, nint context, uint quality, Buffer* message, Buffer* mic);

    [LibraryImport(Library)]
    public static partial uint gss_verify_mic(uint* minor, nint context, Buffer* message, Buffer* mic, uint* quality);

    [LibraryImport(Library)]
    public static partial uint gss_delete_sec_context(uint* minor, nint* context, Buffer* output);

    [LibraryImport(Library)]
    public static partial uint gss_display_status(uint* minor, uint status, int type, Oid* mechanism, uint* more, Buffer* text);

    [LibraryImport(Library)]
    public static partial uint gss_release_buffer(uint* minor, Buffer* buffer);

    /// <summary>Lives as long as the process: the library keeps pointers to it.</summary>
    private static Oid* MakeOid(ReadOnlySpan<byte> bytes)
    {
        var oid = (Oid*)NativeMemory.Alloc((nuint)sizeof(Oid));
        oid->Elements = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        oid->Length = (uint)bytes.Length;
        bytes.CopyTo(new Span<byte>(oid->Elements, bytes.Length));
        return oid;
    }

    /// <summary>gss_buffer_desc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public nuint Length;
        public byte* Value;

        public readonly ReadOnlySpan<byte> Span => new(Value, (int)Math.Min(Length, int.MaxValue));
    }

    /// <summary>gss_OID_desc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Oid
    {
        public uint Length;
        public byte* Elements;
    }

    /// <summary>gss_OID_set_desc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OidSet
    {
        public nuint Count;
        public Oid* Elements;
    }

    /// <summary>gss_key_value_element_desc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct KeyValue
    {
        public byte* Key;
        public byte* Value;
    }

    /// <summary>gss_key_value_set_desc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct KeyValueSet
    {
        public uint Count;
        public KeyValue* Elements;
    }
}
