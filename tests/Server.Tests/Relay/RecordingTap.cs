using System.Text;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Tests.Relay;

/// <summary>Writes down everything a tap is told, one line a call.</summary>
internal sealed class RecordingTap : IRelayTap, IChannelTap
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    /// <summary>What the end of a program waits for.</summary>
    public Task Settled { get; init; } = Task.CompletedTask;

    public TaskCompletionSource SettleAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the start of a program waits for.</summary>
    public Task Prepared { get; init; } = Task.CompletedTask;

    public TaskCompletionSource PrepareAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the pumps wait for.</summary>
    public Task Room { get; set; } = Task.CompletedTask;

    /// <summary>There is room in any case before this line was noted: a pump may still be busy with what came before.</summary>
    public string FullBehind { get; set; } = "data 0 [one]";

    public TaskCompletionSource RoomAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IChannelTap? ChannelOpening(in ChannelOpening opening)
    {
        Add($"opening {opening.Sequence} {opening.Type} by {opening.OpenedBy} {opening.TypeSpecificData.Length}");
        return this;
    }

    public async ValueTask WaitForRoomAsync(CancellationToken connectionEnded)
    {
        if (Room.IsCompleted || !Lines.Contains(FullBehind)) return;
        RoomAsked.TrySetResult();
        await Room.WaitAsync(connectionEnded);
    }

    public ValueTask EndedAsync()
    {
        Add("ended");
        return ValueTask.CompletedTask;
    }

    public void Confirmed() => Add("confirmed");

    public void TerminalRequested(string terminal, WindowSize size) => Add($"terminal {terminal} {size.Columns}x{size.Rows}");

    public void Resized(WindowSize size) => Add($"resized {size.Columns}x{size.Rows}");

    public void Request(Side from, string type, ReadOnlySpan<byte> data) => Add($"request {from} {type} {data.Length}");

    public void Starting(ChannelStart start) =>
        Add($"starting {start.Type} [{Text(start.Command.Span)}] asked {start.AskedType} [{Text(start.AskedCommand.Span)}]{(start.DisableDump ? " no dump" : "")}");

    public void Data(DataStream stream, ReadOnlySpan<byte> bytes) => Add($"data {(int)stream} [{Text(bytes)}]");

    public void EndOfFile(Side from) => Add($"eof {from}");

    public void Exited(uint? status, string? signal) => Add($"exited {status}{signal}");

    public void Closed() => Add("closed");

    public async ValueTask PrepareAsync(CancellationToken connectionEnded)
    {
        if (Prepared.IsCompleted) return;
        PrepareAsked.TrySetResult();
        await Prepared.WaitAsync(connectionEnded);
    }

    public async ValueTask SettleAsync(CancellationToken connectionEnded)
    {
        if (Settled.IsCompleted) return;
        SettleAsked.TrySetResult();
        await Settled.WaitAsync(connectionEnded);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private void Add(string line)
    {
        lock (_lines) _lines.Add(line);
    }
}
