using System.Globalization;
using System.Text;
using SshGateway.Replay.Listing;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Export;

/// <summary>
/// The session as script(1) records one: a line about the beginning, the raw output, a line about the end. The timing file, when
/// there is one, has a line "seconds bytes" for each piece, which is what scriptreplay(1) takes.
/// </summary>
internal sealed class TypescriptExport(Stream output, Stream? timing, DumpTimeText times) : ISessionExport
{
    private ulong _lastNs;

    public void Begin(DumpHeader header)
    {
        _lastNs = header.StartNs;
        string command = header.Command.IsEmpty ? "" : $" [COMMAND=\"{PrintableText.Escape(header.CommandText)}\"]";
        output.Write(Encoding.UTF8.GetBytes($"Script started on {times.Iso(header.StartNs)}{command}\n"));
    }

    public void Write(DumpRecord record, ReadOnlySpan<byte> data)
    {
        if (record.Descriptor == DumpDescriptor.Input || data.IsEmpty) return;
        ulong waitNs = record.TimeNs > _lastNs ? record.TimeNs - _lastNs : 0;
        _lastNs = record.TimeNs;
        output.Write(data);
        string seconds = (waitNs / 1e9).ToString("F6", CultureInfo.InvariantCulture);
        timing?.Write(Encoding.ASCII.GetBytes($"{seconds} {data.Length}\n"));
    }

    public void Finish()
    {
        output.Write(Encoding.UTF8.GetBytes($"\nScript done on {times.Iso(_lastNs)}\n"));
        timing?.Flush();
    }
}
