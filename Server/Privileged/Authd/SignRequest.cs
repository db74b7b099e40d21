using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>What is to be signed, with which key of whom.</summary>
internal sealed record SignRequest(string User, string Path, byte[] Blob, string Algorithm, byte[] Data)
{
    public static SignRequest Parse(SshReader reader)
    {
        HelperFields.CheckVersion(ref reader);
        var request = new SignRequest(
            HelperFields.Name(ref reader), HelperFields.Text(ref reader, HelperFields.MaxPath), reader.ReadString().ToArray(), reader.ReadAscii(HelperFields.MaxName),
            reader.ReadString().ToArray());
        reader.ExpectEnd();
        return request;
    }

    /// <summary>
    /// Whether the data is what an SSH client signs to authenticate with this key, so that whoever controls the gateway cannot have
    /// anything else signed (a certificate, a file, a git commit).
    /// </summary>
    public bool IsUserauthRequest
    {
        get
        {
            try
            {
                // string session identifier, byte SSH_MSG_USERAUTH_REQUEST, string user, string service, string method, boolean TRUE,
                // string algorithm, string public key, [string server host key]
                var reader = new SshReader(Data);
                int sessionId = reader.ReadString().Length;
                bool fits = sessionId is >= 20 and <= 64 && reader.ReadMessageId() == MessageId.UserauthRequest;
                reader.ReadString();
                fits &= reader.ReadString().SequenceEqual("ssh-connection"u8);
                ReadOnlySpan<byte> method = reader.ReadString();
                bool isHostbound = method.SequenceEqual("publickey-hostbound-v00@openssh.com"u8);
                fits &= (isHostbound || method.SequenceEqual("publickey"u8)) && reader.ReadBoolean();
                fits &= string.Equals(reader.ReadAscii(), Algorithm, StringComparison.Ordinal) && reader.ReadString().SequenceEqual(Blob);
                if (isHostbound) reader.ReadString();
                return fits && reader.IsAtEnd;
            }
            catch (SshProtocolException)
            {
                return false;
            }
        }
    }
}
