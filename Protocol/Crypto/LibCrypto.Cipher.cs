using System.Runtime.InteropServices;

namespace SshGateway.Protocol.Crypto;

/// <summary>EVP ciphers. Calls that end within a microsecond are spared the GC transition: it would double their cost.</summary>
internal static unsafe partial class LibCrypto
{
    internal const int EVP_CTRL_AEAD_GET_TAG = 0x10;
    internal const int EVP_CTRL_AEAD_SET_TAG = 0x11;

    [LibraryImport(Library)]
    internal static partial nint EVP_CIPHER_fetch(nint context, byte* algorithm, byte* properties);

    [LibraryImport(Library)]
    internal static partial void EVP_CIPHER_free(nint cipher);

    [LibraryImport(Library)]
    internal static partial nint EVP_CIPHER_CTX_new();

    [LibraryImport(Library)]
    internal static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_CIPHER_CTX_set_padding(nint context, int padding);

    [LibraryImport(Library)]
    internal static partial int EVP_CIPHER_CTX_get_key_length(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_CIPHER_CTX_get_iv_length(nint context);

    [LibraryImport(Library)]
    internal static partial int EVP_CipherInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(Library)]
    internal static partial int EVP_CipherUpdate(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(Library, EntryPoint = nameof(EVP_CipherInit_ex))]
    [SuppressGCTransition]
    internal static partial int EVP_CipherInit_ex_Quick(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(Library, EntryPoint = nameof(EVP_CipherUpdate))]
    [SuppressGCTransition]
    internal static partial int EVP_CipherUpdate_Quick(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int EVP_CipherFinal_ex(nint context, byte* output, int* outputLength);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int EVP_CIPHER_CTX_ctrl(nint context, int type, int argument, byte* pointer);
}
