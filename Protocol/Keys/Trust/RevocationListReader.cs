using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>Reads a KRL file (OpenSSH PROTOCOL.krl). Whatever is not understood makes the whole list an error.</summary>
internal static class RevocationListReader
{
    private const uint FormatVersion = 1;
    private const int Sha1Size = 20;
    private const int Sha256Size = 32;

    private enum Section : byte
    {
        Certificates = 1,
        ExplicitKey = 2,
        FingerprintSha1 = 3,
        Signature = 4,
        FingerprintSha256 = 5,
        Extension = 255,
    }

    private enum CertificateSection : byte
    {
        SerialList = 0x20,
        SerialRange = 0x21,
        SerialBitmap = 0x22,
        KeyId = 0x23,
        Extension = 0x39,
    }

    public static RevocationList Read(ReadOnlySpan<byte> file)
    {
        try
        {
            return ReadAll(file);
        }
        catch (SshProtocolException e)
        {
            throw new KeyFileException(KeyFileProblem.Damaged, "the revocation list is damaged: " + e.Message, inner: e);
        }
    }

    private static RevocationList ReadAll(ReadOnlySpan<byte> file)
    {
        // magic, uint32 version, uint64 number, uint64 date, uint64 flags, string reserved, string comment
        var reader = new SshReader(file[RevocationList.Magic.Length..]);
        if (reader.ReadUInt32() != FormatVersion) throw PublicKeyFormat.Malformed("its format version is not known");
        reader.ReadBytes(3 * sizeof(ulong));
        reader.ReadString();
        reader.ReadString();
        var list = new RevocationList();
        while (!reader.IsAtEnd)
        {
            var type = (Section)reader.ReadByte();
            ReadOnlySpan<byte> section = reader.ReadString();
            if (type == Section.Signature)
            {
                // Signatures on lists are an unused part of the format; whoever can write the file can leave them out.
                reader.ReadString();
                continue;
            }

            ReadSection(list, type, section);
        }

        return list;
    }

    private static void ReadSection(RevocationList list, Section type, ReadOnlySpan<byte> section)
    {
        if (type == Section.Certificates)
        {
            ReadCertificates(list, section);
            return;
        }

        var reader = new SshReader(section);
        if (type == Section.Extension)
        {
            SkipExtension(ref reader);
            return;
        }

        while (!reader.IsAtEnd)
        {
            ReadOnlySpan<byte> item = reader.ReadString();
            switch (type)
            {
                case Section.ExplicitKey:
                    list.AddKey(item);
                    break;
                case Section.FingerprintSha1 when item.Length == Sha1Size:
                    list.AddSha1(item);
                    break;
                case Section.FingerprintSha256 when item.Length == Sha256Size:
                    list.AddSha256(item);
                    break;
                default:
                    throw PublicKeyFormat.Malformed("a section is not known or a fingerprint has a wrong size");
            }
        }
    }

    private static void ReadCertificates(RevocationList list, ReadOnlySpan<byte> section)
    {
        var reader = new SshReader(section);
        RevocationList.AuthorityPart part = list.AddAuthority(reader.ReadString());
        reader.ReadString();
        while (!reader.IsAtEnd)
        {
            var type = (CertificateSection)reader.ReadByte();
            var items = new SshReader(reader.ReadString());
            ReadCertificateSection(part, type, ref items);
        }
    }

    private static void ReadCertificateSection(RevocationList.AuthorityPart part, CertificateSection type, ref SshReader items)
    {
        switch (type)
        {
            case CertificateSection.SerialList:
                while (!items.IsAtEnd) part.AddSerial(items.ReadUInt64());
                break;
            case CertificateSection.SerialRange:
                part.AddRange(items.ReadUInt64(), items.ReadUInt64());
                items.ExpectEnd();
                break;
            case CertificateSection.SerialBitmap:
                ulong offset = items.ReadUInt64();
                part.AddBitmap(offset, items.ReadUnsignedMpint());
                items.ExpectEnd();
                break;
            case CertificateSection.KeyId:
                while (!items.IsAtEnd) part.AddKeyId(items.ReadText());
                break;
            case CertificateSection.Extension:
                SkipExtension(ref items);
                break;
            default:
                throw PublicKeyFormat.Malformed("a part about certificates is not known");
        }
    }

    /// <summary><c>string name, boolean critical, string contents</c>: none is known, so only those that are not critical pass.</summary>
    private static void SkipExtension(ref SshReader reader)
    {
        reader.ReadString();
        if (reader.ReadBoolean()) throw PublicKeyFormat.Malformed("a critical extension is not known");
        reader.ReadString();
        reader.ExpectEnd();
    }
}
