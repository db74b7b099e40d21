using SshGateway.Storage.State;

namespace SshGateway.Server.Recording.Index;

/// <summary>For a gateway without a state store: the log says all that would stand there.</summary>
internal sealed class NoIndex : IRecordingIndex
{
    public void Put(RecordingRecord recording)
    {
    }

    public void Put(EventRecord happened)
    {
    }
}
