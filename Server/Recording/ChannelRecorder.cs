using System.Globalization;
using System.Text;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Recording.Audit;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>Sees one session channel: hands it to its recording, and reads file transfers along.</summary>
internal sealed class ChannelRecorder(ConnectionRecorder connection) : IChannelTap
{
    private readonly long[] _bytes = new long[3];
    private (int Columns, int Rows)? _terminal;
    private SessionRecording? _recording;
    private SftpAudit? _audit;
    private ChannelStart? _copy;
    private string _exit = "no exit status";

    public void TerminalRequested(string terminal, WindowSize size) => _terminal = (Sane(size.Columns), Sane(size.Rows));

    public void Resized(WindowSize size)
    {
        if (_terminal is null) return;
        _terminal = (Sane(size.Columns), Sane(size.Rows));
        _recording?.Resize(_terminal.Value.Columns, _terminal.Value.Rows);
    }

    public ValueTask PrepareAsync(CancellationToken connectionEnded) => connection.PrepareAsync(connectionEnded);

    public void Starting(ChannelStart start)
    {
        // A second start on one channel is refused by every server; were it not, it is part of the recording that runs.
        if (_recording is not null || _audit is not null || _copy is not null) return;
        _recording = connection.Begin(start, _terminal);
        if (TransferCommand.IsSftp(start)) _audit = new SftpAudit(new AuditLog(connection.Services, connection.Context));
        else if (TransferCommand.IsCopy(start)) _copy = start;
    }

    public void Data(DataStream stream, ReadOnlySpan<byte> bytes)
    {
        _bytes[(int)stream] += bytes.Length;
        _recording?.Append((DumpDescriptor)stream, bytes);
        if (_audit is null) return;
        if (stream == DataStream.Typed) _audit.FromClient(bytes);
        else if (stream == DataStream.Output) _audit.FromServer(bytes);
    }

    public void Exited(uint? status, string? signal) =>
        _exit = status is { } number ? string.Create(CultureInfo.InvariantCulture, $"exit status {number}") : $"signal {PeerText.Escape(signal ?? "")}";

    public void Closed()
    {
        _recording?.End();
        _audit?.End();
        if (_copy is null) return;
        string command = PeerText.Escape(Encoding.UTF8.GetString(_copy.Command.Span));
        new AuditLog(connection.Services, connection.Context).Copied(command, _bytes[0], _bytes[1] + _bytes[2], _exit);
    }

    public ValueTask SettleAsync(CancellationToken connectionEnded) =>
        _recording is null ? ValueTask.CompletedTask : new ValueTask(_recording.SettleAsync());

    /// <summary>Clients without a terminal's size send 0; others send anything.</summary>
    private static int Sane(uint value) => value is 0 or > 10_000 ? 80 : (int)value;
}
