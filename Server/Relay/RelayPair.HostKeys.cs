using SshGateway.Protocol.Agent;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>The gateway's own host keys towards the client: announced and proven (OpenSSH PROTOCOL 2.5).</summary>
internal sealed partial class RelayPair
{
    private const string ProveRequest = "hostkeys-prove-00@openssh.com";

    private readonly Dictionary<ISshSigner, byte[]> _proofs = [];

    private void AnnounceHostKeys()
    {
        // byte SSH_MSG_GLOBAL_REQUEST, string "hostkeys-00@openssh.com", boolean want reply = false, string[] host keys
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteMessageId(MessageId.GlobalRequest);
        writer.WriteString("hostkeys-00@openssh.com");
        writer.WriteBoolean(false);
        foreach (ISshSigner key in _hostKeys.Where(CanProve)) writer.WriteString(key.PublicKey.Blob.Span);
        _client.Write(writer.Written);
    }

    /// <summary>Signs each key the client asks about; a key that is not ours fails the request.</summary>
    private void ProveHostKeys(ReadOnlySpan<byte> blobs, bool wantReply)
    {
        if (!wantReply) return;
        var signers = new List<ISshSigner>();
        var reader = new SshReader(blobs);
        while (!reader.IsAtEnd)
        {
            if (FindHostKey(reader.ReadString()) is not { } signer || signers.Count >= _hostKeys.Count)
            {
                AnswerGlobal(Side.Client, success: false);
                return;
            }

            signers.Add(signer);
        }

        _keptReplies.Enqueue(Prove(signers));
        AnswerGlobal(Side.Client, ReplyKind.AnswerKept);
    }

    private ISshSigner? FindHostKey(ReadOnlySpan<byte> blob)
    {
        foreach (ISshSigner key in _hostKeys)
        {
            if (CanProve(key) && key.PublicKey.Blob.Span.SequenceEqual(blob)) return key;
        }

        return null;
    }

    private bool CanProve(ISshSigner key) => key is PrivateKey || _proofs.ContainsKey(key);

    private byte[] Prove(List<ISshSigner> signers)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteMessageId(MessageId.RequestSuccess);
        foreach (ISshSigner signer in signers)
            writer.WriteString(_proofs.TryGetValue(signer, out byte[]? proof) ? proof : ((PrivateKey)signer).Sign(AlgorithmOf(signer), Statement(signer)));
        return writer.ToArray();
    }

    /// <summary>Keys that cannot sign on the spot (an agent holds them) prove themselves before the relay begins.</summary>
    private async Task PrepareProofsAsync()
    {
        foreach (ISshSigner signer in _hostKeys)
        {
            if (signer is PrivateKey) continue;
            try
            {
                _proofs[signer] = await signer.SignAsync(AlgorithmOf(signer), Statement(signer), CancellationToken.None).ConfigureAwait(false);
            }
            catch (AgentException)
            {
                // Without its agent a key is not announced; the session needs no proof.
            }
        }
    }

    /// <summary>An RSA key signs as it did in the key exchange, if it was the one: clients insist on that.</summary>
    private string AlgorithmOf(ISshSigner signer)
    {
        string negotiated = KeyTypes.PlainName(_client.Algorithms?.HostKey ?? "");
        IReadOnlyList<string> own = signer.PublicKey.SignatureAlgorithms;
        return own.Contains(negotiated, StringComparer.Ordinal) ? negotiated : own[0];
    }

    /// <summary>string "hostkeys-prove-00@openssh.com", string session identifier, string hostkey.</summary>
    private byte[] Statement(ISshSigner signer)
    {
        using var signed = new SshWriter(stackalloc byte[512]);
        signed.WriteString(ProveRequest);
        signed.WriteString(_client.SessionId.Span);
        signed.WriteString(signer.PublicKey.Blob.Span);
        return signed.ToArray();
    }
}
