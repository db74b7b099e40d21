using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Output;
using SshGateway.Server.Recording.Places;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>The half of a recording that writes: used by one thread at a time, and what fails throws.</summary>
/// <param name="spec">What is recorded.</param>
/// <param name="open">Makes the place, when the first turn comes.</param>
/// <param name="gate">Knows what was left out; null: everything is kept.</param>
/// <param name="services">Who is told.</param>
[SuppressMessage("Design", "CA1001", Justification = "Close disposes what it has opened; it is called once, last.")]
internal sealed class RecordingWriter(RecordingSpec spec, Func<IRecordingPlace> open, BulkGate? gate, RecordingServices services)
{
    private readonly StreamDigests? _digests = gate is not null && spec.DigestsStreams ? new StreamDigests() : null;
    private IRecordingPlace? _place;
    private HashingStream? _stream;
    private IRecordingOutput? _output;
    private SizeLimit? _limit;
    private long _counted;

    public void Open()
    {
        if (_output is not null) return;
        _place = open();
        _stream = new HashingStream(_place.Data, spec.Route.RecordingSha256 != RecordingSha256.None);
        IRecordingOutput output = _place.Format == "asciicast"
            ? new AsciicastOutput(_stream, spec.Header, spec.Columns, spec.Rows)
            : new DumpOutput(_stream, new Lazy<Stream>(_place.OpenSide), spec.Header);
        if (spec.Route.DumpLimitSize > 0)
            output = _limit = new SizeLimit(output, spec.Route.DumpLimitSize, spec.Route.DumpLimitWindow, spec.Header.StartNs);
        _output = output;
        services.Began(spec, _place);
    }

    /// <summary>Runs of records go out at once; what is no record of a dump stands between them.</summary>
    public void Write(ReadOnlySpan<byte> records)
    {
        var cursor = new RecordCursor(records);
        int from = 0;
        int at = 0;
        while (cursor.MoveNext())
        {
            int next = at + cursor.Framed.Length;
            if (cursor.Descriptor >= RecordMark.Resize)
            {
                if (at > from) _output!.Write(records[from..at]);
                if (cursor.Descriptor == RecordMark.Resize) Resize(cursor);
                from = next;
            }

            if (cursor.Descriptor != RecordMark.Resize) _digests?.Append(RecordMark.StreamOf(cursor.Descriptor), cursor.Data);
            at = next;
        }

        if (at > from) _output!.Write(records[from..at]);
    }

    public void Flush()
    {
        _output!.Flush();
        Count();
    }

    public void Finish(ulong endNs)
    {
        if (gate is { IsBulk: true })
        {
            _output!.Note(BulkNote(endNs, gate));
            gate.WriteTail((bytes, offset, count) => _output.Write(bytes.AsSpan(offset, count)));
        }

        _output!.Finish(endNs);
        Flush();
        string status = _limit is { LeftOut: > 0 } ? $"cut: {_limit.LeftOut} bytes are past dump_limit_size" : RecordingServices.Complete;
        services.Ended(spec, _place!, _stream!, status, endNs);
    }

    /// <summary>Keeps what was written whole, and says why nothing more comes. Returns the reason.</summary>
    public string Break(Exception error, ulong nowNs)
    {
        long written = _stream?.Written ?? 0;
        string reason = $"broke off after {written} bytes: {error.Message}";
        try
        {
            _place?.Cut(written);
            _output?.Note(new RecordingNote(nowNs, "broken", reason, []));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The index and the log say it, too.
        }

        services.Broke(spec, _place, _stream, reason, nowNs, error);
        return reason;
    }

    public void Close()
    {
        try
        {
            _digests?.Dispose();
            gate?.Dispose();
            _stream?.Dispose();
            _place?.Dispose();
        }
        catch (IOException)
        {
            // Everything was handed over before; there is nobody left to tell.
        }
    }

    private void Resize(RecordCursor record) =>
        _output!.Resize(record.TimeNs, BinaryPrimitives.ReadInt32BigEndian(record.Data), BinaryPrimitives.ReadInt32BigEndian(record.Data[4..]));

    private void Count()
    {
        RecordingMetrics.Recorded(_stream!.Written - _counted);
        _counted = _stream.Written;
    }

    private RecordingNote BulkNote(ulong timeNs, BulkGate bulk)
    {
        var values = new List<KeyValuePair<string, string>>();
        string[] names = ["input", "output", "error"];
        for (int i = 0; i < names.Length; i++)
        {
            var stream = (DumpDescriptor)i;
            values.Add(KeyValuePair.Create($"{names[i]}_bytes", Number(bulk.Count(stream))));
            if (_digests is not null) values.Add(KeyValuePair.Create($"{names[i]}_sha256", _digests.Of(stream)));
        }

        values.Add(KeyValuePair.Create("left_out", Number(bulk.LeftOut)));
        string what = bulk.IsTransfer ? "a file transfer" : "more than recording.bulk_rate";
        return new RecordingNote(timeNs, "bulk", $"{what}: {Number(bulk.LeftOut)} bytes between its head and its tail are left out", values);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
