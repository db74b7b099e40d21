using System.Text;

namespace SshGateway.Replay.Tests;

/// <summary>An output that tells when a text has appeared in it.</summary>
internal sealed class SignallingStream : MemoryStream
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Text
    {
        get
        {
            lock (_lock) return _text.ToString();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            char[] chars = new char[buffer.Length + 1];
            _text.Append(chars, 0, _decoder.GetChars(buffer, chars, flush: false));
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async Task WaitForAsync(string expected)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_text.ToString().Contains(expected, StringComparison.Ordinal)) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(Timeout);
        }
    }
}
