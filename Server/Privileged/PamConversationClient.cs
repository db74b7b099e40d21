using System.Net.Sockets;
using System.Security.Cryptography;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged;

/// <summary>The gateway's end of a conversation.</summary>
internal sealed class PamConversationClient(NetworkStream stream) : IPamConversation
{
    private readonly FrameChannel _channel = new(stream, stream);
    private bool _asked;

    public async ValueTask<PamStep> ContinueAsync(IReadOnlyList<ReadOnlyMemory<byte>> answers, CancellationToken cancellationToken)
    {
        if (_asked) await SendAsync(answers, cancellationToken).ConfigureAwait(false);
        _asked = true;
        using Frame frame = await HelperClient.ReadAsync(_channel, HelperMessage.Step, cancellationToken).ConfigureAwait(false);
        return Parse(frame, static frame => HelperFields.ReadStep(frame.Read()));
    }

    public async Task<PamResult> OpenSessionAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _channel.WriteAsync(HelperMessage.OpenSession, default, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new PrivilegedHelperException("the helper is gone", e);
        }

        using Frame frame = await HelperClient.ReadAsync(_channel, HelperMessage.SessionResult, cancellationToken).ConfigureAwait(false);
        return Parse(frame, static frame => HelperFields.ReadResult(frame.Read()));
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> answers, CancellationToken cancellationToken)
    {
        foreach (ReadOnlyMemory<byte> answer in answers)
        {
            if (answer.Length > IPamConversation.MaxAnswer || answer.Span.Contains((byte)0)) throw new ArgumentException("an answer is too long or holds a NUL", nameof(answers));
        }

        byte[] payload = HelperFields.Answers(answers);
        try
        {
            await _channel.WriteAsync(HelperMessage.Answers, payload, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new PrivilegedHelperException("the helper is gone", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(payload);
        }
    }

    private static T Parse<T>(Frame frame, Func<Frame, T> read)
    {
        try
        {
            return read(frame);
        }
        catch (Exception e) when (e is SshProtocolException or FrameException)
        {
            throw new PrivilegedHelperException("the helper's answer is malformed: " + e.Message, e);
        }
    }
}
