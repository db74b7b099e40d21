using System.Text;
using SshGateway.Protocol.Connection.Sessions;

namespace SshGateway.Samples.EchoServer;

/// <summary>A shell that says back what it is told, until Ctrl-D or the end of input; a command is echoed.</summary>
internal sealed class EchoSession : ISessionHandler
{
    private const byte EndOfTransmission = 4;

    public bool AcceptStart(ServerSession session, SessionStart start) => start.Kind != SessionKind.Subsystem;

    public async Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken)
    {
        if (start.Kind == SessionKind.Command)
        {
            await session.Channel.WriteAsync(Encoding.UTF8.GetBytes(start.Text + "\n"), cancellationToken);
            return 0;
        }

        await session.Channel.WriteAsync(Encoding.UTF8.GetBytes($"Hello {session.User.Name}, this shell echoes. Ctrl-D ends it.\r\n"), cancellationToken);
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await session.Channel.ReadAsync(buffer, cancellationToken)) > 0)
        {
            int end = Array.IndexOf(buffer, EndOfTransmission, 0, count);
            string text = Encoding.Latin1.GetString(buffer, 0, end < 0 ? count : end);
            // A terminal sends CR for Enter and wants CR LF.
            if (session.Pty is not null) text = text.Replace("\r", "\r\n", StringComparison.Ordinal);
            await session.Channel.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);
            if (end >= 0) break;
        }

        return 0;
    }
}
