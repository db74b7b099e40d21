using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SshGateway.Protocol.Crypto;

/// <summary>Signing and verifying (EVP_DigestSign, EVP_DigestVerify), and keys in PEM files.</summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>Signs; returns the signature's size. <paramref name="digest"/> is a zero-terminated name, empty for Ed25519.</summary>
    internal static int Sign(EvpKey key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        nint context = CheckPointer(EVP_MD_CTX_new(), nameof(EVP_MD_CTX_new));
        try
        {
            nuint length = (nuint)signature.Length;
            fixed (byte* md = digest, input = NonNull(data), output = signature)
            {
                Check(EVP_DigestSignInit_ex(context, 0, md, 0, 0, key, 0), nameof(EVP_DigestSignInit_ex));
                Check(EVP_DigestSign(context, output, &length, input, (nuint)data.Length), nameof(EVP_DigestSign));
            }

            return (int)length;
        }
        finally
        {
            EVP_MD_CTX_free(context);
        }
    }

    /// <summary>True only when the signature is right; anything else, also a failure inside libcrypto, is false.</summary>
    internal static bool Verify(EvpKey key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        nint context = CheckPointer(EVP_MD_CTX_new(), nameof(EVP_MD_CTX_new));
        try
        {
            fixed (byte* md = digest, input = NonNull(data), sig = NonNull(signature))
            {
                Check(EVP_DigestVerifyInit_ex(context, 0, md, 0, 0, key, 0), nameof(EVP_DigestVerifyInit_ex));
                int result = EVP_DigestVerify(context, sig, (nuint)signature.Length, input, (nuint)data.Length);
                if (FaultInjection is { } inject) result = inject(nameof(EVP_DigestVerify), result);
                if (result == 1) return true;
            }

            ERR_clear_error();
            return false;
        }
        finally
        {
            EVP_MD_CTX_free(context);
        }
    }

    /// <summary>
    /// Reads the first private key of a PEM text, decrypting it with <paramref name="passphrase"/>. Null when libcrypto cannot;
    /// <paramref name="passphraseAsked"/> tells whether it wanted a passphrase.
    /// </summary>
    internal static EvpKey? ReadPem(ReadOnlySpan<byte> pem, ReadOnlySpan<byte> passphrase, out bool passphraseAsked)
    {
        fixed (byte* text = NonNull(pem), secret = NonNull(passphrase))
        {
            var request = new PassphraseRequest { Passphrase = secret, Length = passphrase.Length };
            nint bio = CheckPointer(BIO_new_mem_buf(text, pem.Length), nameof(BIO_new_mem_buf));
            try
            {
                nint key = PEM_read_bio_PrivateKey(bio, 0, &AnswerPassphrase, &request);
                if (FaultInjection is { } inject && inject(nameof(PEM_read_bio_PrivateKey), 1) <= 0) key = 0;
                passphraseAsked = request.Asked != 0;
                if (key != 0) return new EvpKey(key);
                ERR_clear_error();
                return null;
            }
            finally
            {
                _ = BIO_free(bio);
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AnswerPassphrase(byte* buffer, int size, int forWriting, void* state)
    {
        var request = (PassphraseRequest*)state;
        request->Asked = 1;
        if (request->Length == 0 || request->Length > size) return -1;
        Buffer.MemoryCopy(request->Passphrase, buffer, size, request->Length);
        return request->Length;
    }

    // A fixed empty span is a null pointer, which some functions take for "ask for the size".
    private static ReadOnlySpan<byte> NonNull(ReadOnlySpan<byte> span) => span.IsEmpty ? "\0"u8 : span;

    [StructLayout(LayoutKind.Sequential)]
    private struct PassphraseRequest
    {
        public byte* Passphrase;
        public int Length;
        public int Asked;
    }

    [LibraryImport(Library)]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSignInit_ex(
        nint context, nint keyContext, byte* digest, nint library, nint properties, EvpKey key, nint parameters);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSign(nint context, byte* signature, nuint* signatureLength, byte* data, nuint dataLength);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerifyInit_ex(
        nint context, nint keyContext, byte* digest, nint library, nint properties, EvpKey key, nint parameters);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* data, nuint dataLength);

    [LibraryImport(Library)]
    private static partial nint BIO_new_mem_buf(byte* data, int length);

    [LibraryImport(Library)]
    private static partial int BIO_free(nint bio);

    [LibraryImport(Library)]
    private static partial nint PEM_read_bio_PrivateKey(
        nint bio, nint key, delegate* unmanaged[Cdecl]<byte*, int, int, void*, int> passphrase, void* state);
}
