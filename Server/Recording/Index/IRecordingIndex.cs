using SshGateway.Storage.State;

namespace SshGateway.Server.Recording.Index;

/// <summary>Takes rows and events for the state store. Never waits and never throws: recording does not depend on a database.</summary>
internal interface IRecordingIndex
{
    void Put(RecordingRecord recording);

    void Put(EventRecord happened);
}
