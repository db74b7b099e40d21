using System.Threading.Channels;
using SshGateway.Protocol.Transport;

namespace SshGateway.Protocol.Tests.Transport;

/// <summary>Reads a transport in the background, as every user of one must while keys are exchanged, and keeps its messages.</summary>
internal sealed class Inbox
{
    private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();
    private readonly SshTransport _transport;

    public Inbox(SshTransport transport)
    {
        _transport = transport;
        Run = Task.Run(RunAsync);
    }

    /// <summary>Ends with the connection, with the error that ended it.</summary>
    public Task Run { get; }

    /// <summary>The next message; the error that ended the connection when there is none.</summary>
    public async Task<byte[]> ReadAsync()
    {
        try
        {
            return await _messages.Reader.ReadAsync().AsTask().WaitAsync(TransportPair.Patience);
        }
        catch (ChannelClosedException)
        {
            await Run;
            throw;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            do
            {
                while (_transport.TryRead(out PacketView packet)) _messages.Writer.TryWrite(packet.Payload.ToArray());
                if (_transport.NeedsRekey) _transport.StartRekey();
                _transport.FlushInBackground();
            }
            while (await _transport.FillAsync());
        }
        finally
        {
            _messages.Writer.Complete();
        }
    }
}
