using System.Runtime.InteropServices;

namespace SshGateway.Protocol.Crypto;

/// <summary>EVP MACs. Calls that end within a microsecond are spared the GC transition.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library)]
    internal static partial nint EVP_MAC_fetch(nint context, byte* algorithm, byte* properties);

    [LibraryImport(Library)]
    internal static partial void EVP_MAC_free(nint mac);

    [LibraryImport(Library)]
    internal static partial nint EVP_MAC_CTX_new(nint mac);

    [LibraryImport(Library)]
    internal static partial void EVP_MAC_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_MAC_init(nint context, byte* key, nuint keyLength, OsslParam* parameters);

    [LibraryImport(Library, EntryPoint = nameof(EVP_MAC_init))]
    [SuppressGCTransition]
    internal static partial int EVP_MAC_init_Quick(nint context, byte* key, nuint keyLength, OsslParam* parameters);

    [LibraryImport(Library)]
    internal static partial int EVP_MAC_update(nint context, byte* data, nuint length);

    [LibraryImport(Library, EntryPoint = nameof(EVP_MAC_update))]
    [SuppressGCTransition]
    internal static partial int EVP_MAC_update_Quick(nint context, byte* data, nuint length);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int EVP_MAC_final(nint context, byte* tag, nuint* tagLength, nuint tagSize);
}
