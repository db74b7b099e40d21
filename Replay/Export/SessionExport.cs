using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Export;

/// <summary>Takes a dump through an export.</summary>
internal static class SessionExport
{
    /// <exception cref="DumpFormatException">The dump is damaged or cut; all before that was exported, and the export ended.</exception>
    public static async Task RunAsync(DumpReader reader, ISessionExport export, CancellationToken cancellationToken)
    {
        export.Begin(await reader.ReadHeaderAsync(cancellationToken));
        try
        {
            while (await reader.ReadRecordAsync(cancellationToken) is { } record)
            {
                while (await reader.ReadDataAsync(cancellationToken) is { IsEmpty: false } chunk) export.Write(record, chunk.Span);
            }
        }
        finally
        {
            export.Finish();
        }
    }
}
