using System.Buffers;
using System.Buffers.Text;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;

namespace SshGateway.Protocol.Keys.Files;

/// <summary>PEM private keys: PKCS#1, SEC1 and PKCS#8, plain or encrypted. libcrypto does the reading.</summary>
internal static class PemKeyFile
{
    // A hostile file must not name any number of iterations it likes: this many take a few seconds.
    private const int MaxIterations = 10_000_000;
    private const int MaxScryptWork = 1 << 22;

    public static PrivateKey Read(ReadOnlySpan<byte> file, ReadOnlySpan<byte> passphrase)
    {
        CheckWork(file);
        EvpKey? key = LibCrypto.ReadPem(file, passphrase, out bool passphraseAsked);
        if (key is null)
        {
            throw passphraseAsked switch
            {
                true when passphrase.IsEmpty => new KeyFileException(KeyFileProblem.PassphraseNeeded, "it needs a passphrase"),
                true => new KeyFileException(KeyFileProblem.PassphraseWrong, "the passphrase is wrong (or the file is damaged)"),
                false => new KeyFileException(KeyFileProblem.Damaged, "the private key is damaged or of a kind that libcrypto cannot read"),
            };
        }

        try
        {
            return PrivateKey.FromNative(key, comment: "");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Refuses an encrypted PKCS#8 file whose key derivation would keep a thread busy for long.</summary>
    private static void CheckWork(ReadOnlySpan<byte> file)
    {
        if (!PemEncoding.TryFindUtf8(file, out PemFields fields) || !file[fields.Label].SequenceEqual("ENCRYPTED PRIVATE KEY"u8)) return;
        byte[] der = new byte[fields.DecodedDataLength];
        if (Base64.DecodeFromUtf8(file[fields.Base64Data], der, out _, out int size) != OperationStatus.Done) throw Damaged(inner: null);
        try
        {
            if (Work(der.AsMemory(0, size)))
                return;
        }
        catch (AsnContentException e)
        {
            throw Damaged(e);
        }

        throw new KeyFileException(KeyFileProblem.Unsupported, "its key derivation asks for more work than is accepted, or is of an unknown kind");
    }

    /// <summary>EncryptedPrivateKeyInfo (RFC 5958): is the derivation PBKDF2, scrypt or PBES1 with a bounded count?</summary>
    private static bool Work(ReadOnlyMemory<byte> der)
    {
        AsnReader algorithm = new AsnReader(der, AsnEncodingRules.BER).ReadSequence().ReadSequence();
        string scheme = algorithm.ReadObjectIdentifier();
        AsnReader parameters = algorithm.ReadSequence();
        if (scheme != "1.2.840.113549.1.5.13")
        {
            // PBES1 and PKCS#12: salt, iterations.
            parameters.ReadOctetString();
            return Bounded(parameters.ReadInteger());
        }

        AsnReader derivation = parameters.ReadSequence();
        string name = derivation.ReadObjectIdentifier();
        AsnReader values = derivation.ReadSequence();
        values.ReadOctetString();
        if (name == "1.2.840.113549.1.5.12") return Bounded(values.ReadInteger());
        if (name != "1.3.6.1.4.1.11591.4.11") return false;
        BigInteger work = values.ReadInteger() * values.ReadInteger() * values.ReadInteger();
        return work > 0 && work <= MaxScryptWork;
    }

    private static bool Bounded(BigInteger iterations) => iterations > 0 && iterations <= MaxIterations;

    private static KeyFileException Damaged(Exception? inner) => new(KeyFileProblem.Damaged, "the private key is damaged", inner: inner);
}
