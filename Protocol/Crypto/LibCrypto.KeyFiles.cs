using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>Private keys as PEM text.</summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>The key as PEM of a structure: <c>type-specific</c> (PKCS#1, SEC1), <c>PrivateKeyInfo</c> or <c>EncryptedPrivateKeyInfo</c>.</summary>
    /// <returns>Pinned; to be cleared by the caller.</returns>
    internal static byte[] WritePem(EvpKey key, ReadOnlySpan<byte> structure, ReadOnlySpan<byte> passphrase)
    {
        nint context = 0;
        byte* text = null;
        nuint length = 0;
        try
        {
            fixed (byte* form = "PEM\0"u8, kind = structure, cipher = "AES-256-CBC\0"u8, secret = passphrase)
            {
                context = CheckPointer(OSSL_ENCODER_CTX_new_for_pkey(key, KeyPairSelection, form, kind, 0), nameof(OSSL_ENCODER_CTX_new_for_pkey));
                if (!passphrase.IsEmpty)
                {
                    Check(OSSL_ENCODER_CTX_set_cipher(context, cipher, 0), nameof(OSSL_ENCODER_CTX_set_cipher));
                    Check(OSSL_ENCODER_CTX_set_passphrase(context, secret, (nuint)passphrase.Length), nameof(OSSL_ENCODER_CTX_set_passphrase));
                }

                Check(OSSL_ENCODER_to_data(context, &text, &length), nameof(OSSL_ENCODER_to_data));
            }

            byte[] result = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
            new ReadOnlySpan<byte>(text, result.Length).CopyTo(result);
            return result;
        }
        finally
        {
            if (text is not null)
            {
                CryptographicOperations.ZeroMemory(new Span<byte>(text, (int)length));
                CRYPTO_free(text, 0, 0);
            }

            OSSL_ENCODER_CTX_free(context);
        }
    }

    [LibraryImport(Library)]
    private static partial nint OSSL_ENCODER_CTX_new_for_pkey(EvpKey key, int selection, byte* outputType, byte* structure, nint properties);

    [LibraryImport(Library)]
    private static partial int OSSL_ENCODER_CTX_set_cipher(nint context, byte* name, nint properties);

    [LibraryImport(Library)]
    private static partial int OSSL_ENCODER_CTX_set_passphrase(nint context, byte* passphrase, nuint length);

    [LibraryImport(Library)]
    private static partial int OSSL_ENCODER_to_data(nint context, byte** data, nuint* length);

    [LibraryImport(Library)]
    private static partial void OSSL_ENCODER_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial void CRYPTO_free(void* memory, nint file, int line);
}
