using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Tests.Keys;

/// <summary>The signature files of <c>ssh-keygen -Y</c> (OpenSSH PROTOCOL.sshsig), to compare signatures with OpenSSH's.</summary>
internal static class SshSignature
{
    public const string Namespace = "test";
    private const string Hash = "sha512";

    public static byte[] Write(PublicKey key, byte[] message, Func<byte[], byte[]> sign)
    {
        var writer = new SshWriter(new byte[1024]);
        writer.WriteBytes("SSHSIG"u8);
        writer.WriteUInt32(1);
        writer.WriteString(key.Blob.Span);
        writer.WriteString(Namespace);
        writer.WriteString("");
        writer.WriteString(Hash);
        writer.WriteString(sign(Signed(message)));
        return Encoding.ASCII.GetBytes($"-----BEGIN SSH SIGNATURE-----\n{Convert.ToBase64String(writer.Written)}\n-----END SSH SIGNATURE-----\n");
    }

    public static (PublicKey Key, byte[] Signature) Read(string file)
    {
        byte[] blob = Convert.FromBase64String(string.Concat(file.Split('\n').Where(line => !line.StartsWith('-'))));
        var reader = new SshReader(blob);
        reader.ReadBytes(6 + 4);
        PublicKey key = PublicKey.Parse(reader.ReadString());
        for (int i = 0; i < 3; i++) reader.ReadString();
        return (key, reader.ReadString().ToArray());
    }

    public static byte[] Signed(byte[] message)
    {
        var writer = new SshWriter(new byte[256]);
        writer.WriteBytes("SSHSIG"u8);
        writer.WriteString(Namespace);
        writer.WriteString("");
        writer.WriteString(Hash);
        writer.WriteString(SHA512.HashData(message));
        return writer.ToArray();
    }
}
