using System.Runtime.InteropServices;

namespace SshGateway.Protocol.Crypto;

/// <summary>EVP_PKEY: key agreement.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial nint EVP_PKEY_CTX_new_from_pkey(nint context, nint key, byte* properties);

    [LibraryImport(Library)]
    internal static partial nint EVP_PKEY_new_raw_private_key_ex(nint context, byte* type, byte* properties, byte* key, nuint length);

    [LibraryImport(Library)]
    internal static partial nint EVP_PKEY_new_raw_public_key_ex(nint context, byte* type, byte* properties, byte* key, nuint length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_get_raw_public_key(nint key, byte* output, nuint* length);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive_set_peer(nint context, nint peer);

    [LibraryImport(Library)]
    internal static partial int EVP_PKEY_derive(nint context, byte* secret, nuint* length);
}
