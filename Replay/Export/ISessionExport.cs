using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Export;

/// <summary>A format that sessions are exported to.</summary>
internal interface ISessionExport
{
    void Begin(DumpHeader header);

    /// <summary>Takes the next bytes of a record, in order; a record may come in several pieces, or in none when it is empty.</summary>
    void Write(DumpRecord record, ReadOnlySpan<byte> data);

    /// <summary>Ends the export. It is called for a damaged dump too, so that what was good forms a whole file.</summary>
    void Finish();
}
